package dev.fenliu.engine;

import dev.fenliu.config.Type;
import dev.fenliu.dns.FakeOptions;
import dev.fenliu.dns.FakeRanges;
import dev.fenliu.model.Addresses;
import dev.fenliu.route.list.Cidr;
import dev.fenliu.state.StateFiles;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the table of fake addresses on the disk, on a thread of its own. */
final class KeptFakes {
    private static final Logger LOG = LoggerFactory.getLogger(KeptFakes.class);
    private static final String NAME = "fake-addresses";
    private static final int VERSION = 1;
    private static final Duration EVERY = Duration.ofSeconds(5);

    /** The file is made anew after a while even if nothing has changed, as its date says that it is in use. */
    private static final Duration RENEWAL = Duration.ofHours(6);

    /** No client goes on so long with addresses that it was told to keep for a second. */
    private static final Duration FORGOTTEN = Duration.ofDays(1);

    private final FakeAddresses table;
    private final StateFiles state;
    private final InstantSource wall;
    private final LongSupplier clock;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "fake-addresses");
        made.setDaemon(true);
        return made;
    });
    private boolean old;
    private volatile boolean on;
    private long saved;
    private long savedAt;
    private boolean warned;

    /**
     * Takes what was kept; reads the disk.
     *
     * @param clock monotonic, in nanoseconds
     * @param wall tells how long the program was down
     */
    KeptFakes(StateFiles state, LongSupplier clock, InstantSource wall) {
        this.state = state;
        this.clock = clock;
        this.wall = wall;
        this.table = new FakeAddresses(clock, this::refillSoon);
        state.read(NAME, VERSION, this::read);
        if (old) {
            forget();
        }
        this.saved = table.changes();
        this.savedAt = clock.getAsLong();
        thread.scheduleWithFixedDelay(this::save, EVERY.toSeconds(), EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    FakeAddresses table() {
        return table;
    }

    /** Before a new config is in force: has places at hand if it wants them; may write to the disk. */
    synchronized void prepare(FakeOptions options) {
        if (table.prepare(options)) {
            refill();
        }
    }

    /** Goes by a new config; never waits for the disk. */
    void use(FakeOptions options) {
        on = on || options.on(); // what is kept stays on the disk for a while when it is switched off
        table.use(options);
    }

    private void refillSoon() {
        try {
            thread.execute(this::refill);
        } catch (RejectedExecutionException e) {
            // the program ends
        }
    }

    private synchronized void refill() {
        List<Integer> batch = table.reserve();
        if (!batch.isEmpty()) {
            write(false);
        }
        table.release(batch);
    }

    /** Writes what has changed. */
    synchronized void save() {
        boolean due = clock.getAsLong() - savedAt >= RENEWAL.toNanos();
        if (on && (due || table.changes() != saved)) {
            write(false);
        }
    }

    private void write(boolean last) {
        long now = table.changes();
        FakeAddresses.Kept kept = table.kept(last);
        try {
            state.write(NAME, VERSION, out -> write(kept, out));
            saved = now;
            savedAt = clock.getAsLong();
            warned = false;
        } catch (IOException e) {
            if (!warned) {
                LOG.warn("dns: fake addresses cannot be kept for the next start: {}", Type.reason(e));
                warned = true;
            }
        }
    }

    private void write(FakeAddresses.Kept kept, DataOutput out) throws IOException {
        out.writeLong(wall.millis());
        for (Cidr range : List.of(kept.ranges().ipv4(), kept.ranges().ipv6())) {
            out.write(range.network().getAddress());
            out.writeByte(range.prefix());
        }
        out.writeInt(kept.reserved().size());
        for (int place : kept.reserved()) {
            out.writeShort(place);
        }
        out.writeInt(kept.names().size());
        for (Map.Entry<Integer, String> name : kept.names().entrySet()) {
            out.writeShort(name.getKey());
            out.writeUTF(name.getValue());
        }
    }

    private void read(DataInput in) throws IOException {
        Duration down = Duration.between(Instant.ofEpochMilli(in.readLong()), wall.instant());
        if (down.compareTo(FORGOTTEN) > 0) {
            old = true;
            return;
        }
        FakeRanges ranges = new FakeRanges(range(in, 4), range(in, 16));
        List<Integer> reserved = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            reserved.add(in.readUnsignedShort());
        }
        Map<Integer, String> names = new LinkedHashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            names.put(in.readUnsignedShort(), in.readUTF());
        }
        table.restore(new FakeAddresses.Kept(ranges, reserved, names));
    }

    private void forget() {
        try {
            state.delete(NAME);
        } catch (IOException e) {
            LOG.warn("dns: fake addresses of before cannot be removed: {}", Type.reason(e));
        }
    }

    private static Cidr range(DataInput in, int length) throws IOException {
        byte[] network = new byte[length];
        in.readFully(network);
        return new Cidr(Addresses.of(network), in.readUnsignedByte());
    }

    /** Writes what has changed, and ends. May be called twice. */
    synchronized void close() {
        thread.shutdown();
        if (on) {
            write(true);
        }
    }
}
