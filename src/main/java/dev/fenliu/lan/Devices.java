package dev.fenliu.lan;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Device;
import dev.fenliu.model.GivenNames;
import dev.fenliu.model.Mac;
import dev.fenliu.net.Neighbour;
import dev.fenliu.net.NeighbourTable;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices of the local network. What the system knows is read on a thread of its own, when somebody asks, and kept for
 * seconds. Safe for concurrent use.
 */
public final class Devices implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Devices.class);

    /** So long a device is taken for what it was. */
    private static final long KNOWN = TimeUnit.SECONDS.toNanos(5);

    /** So long lies between two looks at what the system knows, at least. */
    private static final long GAP = TimeUnit.MILLISECONDS.toNanos(20);

    /** How often lease files are looked at. */
    private static final long LOOK_SECONDS = 1;

    /** Reads the neighbour table. */
    @FunctionalInterface
    interface Table {
        List<Neighbour> read() throws IOException;
    }

    /**
     * A device, as it may be shown.
     *
     * @param addresses those it has now, or has a lease for
     * @param seen how long ago it was last known to be there; empty when its lease alone is known
     */
    public record Known(
            List<InetAddress> addresses, Optional<Mac> mac, Optional<String> name, Optional<Duration> seen) {}

    private record Snapshot(Map<InetAddress, Neighbour> neighbours, Set<InetAddress> own, long taken) {}

    private final ScheduledThreadPoolExecutor reader = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "lan");
        thread.setDaemon(true);
        return thread;
    });

    private final LeaseFiles files;
    private final GivenNames given;
    private final List<Path> unreadable;
    private final Table table;
    private volatile @Nullable Snapshot snapshot;
    private boolean warned;

    Devices(GivenNames given, List<Path> leases, InstantSource dates, Table table) {
        this.given = given;
        this.files = new LeaseFiles(leases, dates);
        this.unreadable = files.unreadable();
        this.table = table;
        if (!leases.isEmpty()) {
            reader.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
        }
    }

    /**
     * Reads the lease files, and from then on whenever they change.
     *
     * @param given names that are shown in the place of all others
     * @param dates the clock of the wall, by which leases end
     */
    public static Devices open(GivenNames given, List<Path> leases, InstantSource dates) {
        return new Devices(given, leases, dates, NeighbourTable::read);
    }

    /** How the user calls devices. */
    public GivenNames given() {
        return given;
    }

    /** The lease files that could not be read when they were opened. */
    public List<Path> unreadable() {
        return unreadable;
    }

    /** The leases as they are now. Never blocks. */
    public Leases leases() {
        return files.current();
    }

    /** The device that has this address. Never blocks; completes on {@code loop} and does not fail. */
    public Future<Device> find(InetAddress source, EventLoop loop) {
        Snapshot last = snapshot;
        Device known = known(last, source);
        if (known != null) {
            return loop.newSucceededFuture(known);
        }
        long asked = System.nanoTime(); // a device may have come just now, so nothing older will do
        long wait = last == null ? 0 : Math.max(0, GAP - (asked - last.taken));
        Promise<Device> result = loop.newPromise();
        try {
            reader.schedule(() -> result.setSuccess(device(since(asked), source)), wait, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            result.setSuccess(Device.UNKNOWN); // closed: its config is no longer in force
        }
        return result;
    }

    /** The same for whoever may wait for the system; what he asks for often is a second old at most. */
    public Device look(InetAddress source) {
        Device known = known(snapshot, source);
        return known == null ? device(since(System.nanoTime() - TimeUnit.SECONDS.toNanos(1)), source) : known;
    }

    /**
     * How a client is called: as the user does, else by the name that it told the DHCP server, else by its hardware
     * address; empty if nothing of it is known. May wait for the system.
     */
    public Optional<String> called(InetAddress source) {
        Device device = look(source);
        return given.of(device.mac(), List.of(source))
                .or(device::name)
                .or(() -> device.mac().map(Mac::toString));
    }

    /** What is known well enough; null when it must be looked for. */
    private @Nullable Device known(@Nullable Snapshot last, InetAddress source) {
        if (source.isLoopbackAddress()) {
            return Device.HERE;
        }
        if (last == null || System.nanoTime() - last.taken > KNOWN) {
            return null;
        }
        Device device = device(last, source);
        boolean whole = device.mac().isPresent() && (device.name().isPresent() || files.none());
        return whole || device.equals(Device.HERE) ? device : null;
    }

    private synchronized Snapshot since(long time) {
        Snapshot last = snapshot;
        return last == null || last.taken - time < 0 ? refresh() : last;
    }

    private Device device(Snapshot now, InetAddress source) {
        if (now.own.contains(source)) {
            return Device.HERE;
        }
        Leases leases = files.current();
        Optional<Mac> mac = Optional.ofNullable(now.neighbours.get(source)).map(Neighbour::mac);
        return new Device(mac, leases.deviceName(source, mac), mac.isPresent() && leases.complete());
    }

    private synchronized Snapshot refresh() {
        long now = System.nanoTime();
        look();
        Map<InetAddress, Neighbour> neighbours = new HashMap<>();
        for (Neighbour neighbour : neighbours()) {
            Neighbour other = neighbours.putIfAbsent(neighbour.address(), neighbour);
            if (other != null && !other.mac().equals(neighbour.mac())) {
                neighbours.remove(neighbour.address()); // of two links: nobody can tell which one
            }
        }
        Snapshot fresh = new Snapshot(neighbours, ownAddresses(), now);
        snapshot = fresh;
        return fresh;
    }

    private List<Neighbour> neighbours() {
        try {
            return table.read();
        } catch (IOException | RuntimeException | LinkageError e) { // whoever waits must get an answer
            if (!warned) {
                warned = true;
                LOG.warn(
                        "the hardware addresses of devices cannot be seen: {}",
                        e instanceof IOException ? e.getMessage() : e.toString());
            }
            return List.of();
        }
    }

    private static Set<InetAddress> ownAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .map(Addresses::plain)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (SocketException e) {
            return Set.of();
        }
    }

    private synchronized void look() {
        try {
            files.look();
        } catch (RuntimeException e) {
            LOG.error("the lease files cannot be read", e);
        }
    }

    /** All devices that are known, those on the network first. Completes on {@code loop} and does not fail. */
    public Future<List<Known>> list(EventLoop loop) {
        Promise<List<Known>> result = loop.newPromise();
        try {
            reader.execute(() -> result.setSuccess(list(refresh())));
        } catch (RejectedExecutionException e) {
            result.setSuccess(List.of());
        }
        return result;
    }

    private List<Known> list(Snapshot now) {
        Map<Object, Known> known = new LinkedHashMap<>();
        now.neighbours.values().stream()
                .sorted((a, b) -> a.seen().compareTo(b.seen()))
                .forEach(neighbour -> known.merge(
                        neighbour.mac(),
                        new Known(
                                List.of(neighbour.address()),
                                Optional.of(neighbour.mac()),
                                files.current().deviceName(neighbour.address(), Optional.of(neighbour.mac())),
                                Optional.of(neighbour.seen())),
                        Devices::joined));
        for (Lease lease : files.current().holding()) {
            Object key = lease.mac().<Object>map(mac -> mac).orElse(lease.address());
            Known one = new Known(List.of(lease.address()), lease.mac(), lease.name(), Optional.empty());
            known.merge(key, one, Devices::joined);
        }
        return known.values().stream().map(this::called).toList();
    }

    private Known called(Known one) {
        Optional<String> name = given.of(one.mac, one.addresses);
        return name.isPresent() ? new Known(one.addresses, one.mac, name, one.seen) : one;
    }

    private static Known joined(Known first, Known second) {
        List<InetAddress> addresses = new ArrayList<>(first.addresses);
        second.addresses.stream()
                .filter(address -> !addresses.contains(address))
                .forEach(addresses::add);
        return new Known(
                List.copyOf(addresses), first.mac, first.name.isPresent() ? first.name : second.name, first.seen);
    }

    /** Looks at nothing any more. */
    @Override
    public void close() {
        reader.shutdownNow();
    }
}
