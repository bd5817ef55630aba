package dev.fenliu.engine;

import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Exit;
import dev.fenliu.state.StateFiles;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was last seen of the far ends of outbounds, by name: their exits, and what the doctor said. Kept on the disk, for
 * the program that explains a decision is another one than that which carries it out. Thread-safe.
 */
final class FarEnds {
    /** @param fault why ChatGPT does not work through it, in words; empty when it does */
    private record Verdict(String fault, Instant at) {}

    private record Page(String outbound, String page) {}

    private static final Logger LOG = LoggerFactory.getLogger(FarEnds.class);
    private static final String NAME = "far-ends";
    private static final int VERSION = 1;
    private static final int MOST = 100_000;
    private static final int MOST_CHARS = 1_000;

    /** What is known already is dated again on the disk no more often than that. */
    private static final Duration SAVE_AGAIN = Duration.ofMinutes(10);

    private final LongSupplier clock;
    private final InstantSource dates;
    private final StateFiles state;
    private final Executor disk;
    private final Map<Page, Exit> exits = new ConcurrentHashMap<>();
    private final Map<String, Verdict> verdicts = new ConcurrentHashMap<>();
    private volatile long saved;

    /**
     * Takes what was kept; reads the disk.
     *
     * @param clock monotonic, in nanoseconds
     * @param dates of the wall, since a verdict is no older for a restart
     * @param disk runs what waits for the disk, one after another
     */
    FarEnds(LongSupplier clock, InstantSource dates, StateFiles state, Executor disk) {
        this.clock = clock;
        this.dates = dates;
        this.state = state;
        this.disk = disk;
        this.saved = clock.getAsLong();
        state.read(NAME, VERSION, this::load);
    }

    /** An exit was seen by that page. */
    void saw(String outbound, URI page, Exit exit) {
        save(!exit.equals(exits.put(new Page(outbound, page.toString()), exit)));
    }

    /** The exit that was last seen by that page, however long ago. */
    Optional<Exit> exit(String outbound, URI page) {
        return Optional.ofNullable(exits.get(new Page(outbound, page.toString())));
    }

    /**
     * The doctor was there.
     *
     * @param fault why ChatGPT does not work through it, in words
     */
    void examined(String outbound, Optional<String> fault) {
        String text = fault.orElse("");
        String found = text.substring(0, Math.min(text.length(), MOST_CHARS));
        Verdict before = verdicts.put(outbound, new Verdict(found, dates.instant()));
        boolean news = before == null ? fault.isPresent() : !before.fault().equals(found);
        if (news && fault.isPresent()) {
            LOG.warn("ChatGPT does not work through \"{}\": {}", outbound, found);
        } else if (news) {
            LOG.info("ChatGPT works through \"{}\" again", outbound);
        }
        save(news);
    }

    /** Why ChatGPT does not work through an outbound, in words, if the doctor said so lately. */
    Optional<String> fault(String outbound, Check check) {
        Instant oldest = dates.instant().minus(check.every().multipliedBy(2));
        return Optional.ofNullable(verdicts.get(outbound))
                .filter(known -> !known.fault().isEmpty() && known.at().isAfter(oldest))
                .map(Verdict::fault);
    }

    /** Forgets all others than these. */
    void keep(Set<String> outbounds) {
        boolean fewer = exits.keySet().removeIf(page -> !outbounds.contains(page.outbound()));
        save(verdicts.keySet().retainAll(outbounds) || fewer);
    }

    private void save(boolean news) {
        if (news || clock.getAsLong() - saved > SAVE_AGAIN.toNanos()) {
            saved = clock.getAsLong();
            disk.execute(this::write);
        }
    }

    private void write() {
        Map<Page, Exit> seen = Map.copyOf(exits);
        Map<String, Verdict> said = Map.copyOf(verdicts);
        try {
            state.write(NAME, VERSION, out -> write(seen, said, out));
        } catch (IOException e) {
            LOG.warn("what was seen of far ends cannot be kept: {}", e.getMessage());
        }
    }

    private static void write(Map<Page, Exit> seen, Map<String, Verdict> said, DataOutput out) throws IOException {
        out.writeInt(seen.size());
        for (Map.Entry<Page, Exit> one : seen.entrySet()) {
            out.writeUTF(one.getKey().outbound());
            out.writeUTF(one.getKey().page());
            out.writeUTF(one.getValue().address());
            out.writeUTF(one.getValue().country());
        }
        out.writeInt(said.size());
        for (Map.Entry<String, Verdict> one : said.entrySet()) {
            out.writeUTF(one.getKey());
            out.writeUTF(one.getValue().fault());
            out.writeLong(one.getValue().at().getEpochSecond());
        }
    }

    private void load(DataInput in) throws IOException {
        for (int left = count(in); left > 0; left--) {
            exits.put(new Page(in.readUTF(), in.readUTF()), new Exit(in.readUTF(), in.readUTF()));
        }
        for (int left = count(in); left > 0; left--) {
            verdicts.put(in.readUTF(), new Verdict(in.readUTF(), Instant.ofEpochSecond(in.readLong())));
        }
    }

    private static int count(DataInput in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > MOST) {
            throw new IOException("it is of " + count + " far ends");
        }
        return count;
    }
}
