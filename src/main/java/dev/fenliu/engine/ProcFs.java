package dev.fenliu.engine;

import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * Finds programs by their sockets in Linux's {@code /proc} (proc(5)), on a thread of its own. Elsewhere, and for clients
 * of other machines, nothing is found.
 */
public final class ProcFs implements ProcessLookup {
    private final ExecutorService reader = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "proc");
        thread.setDaemon(true);
        return thread;
    });

    /** A process that holds a socket. */
    public record Holder(long pid, String program) {
        @Override
        public String toString() {
            return program + " (pid " + pid + ")";
        }
    }

    @Override
    public Future<String> find(Flow flow, EventLoop loop) {
        Promise<String> result = loop.newPromise();
        reader.execute(() -> result.setSuccess(
                isHere(flow.source().getAddress())
                        ? owner(flow.transport(), flow.source(), false)
                                .map(Holder::program)
                                .orElse("")
                        : ""));
        return result;
    }

    private static boolean isHere(InetAddress address) {
        try {
            return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }

    /** Who listens on that port. Reads files: not for an event loop. */
    public static Optional<Holder> listener(InetSocketAddress address, Transport transport) {
        return owner(transport, address, transport == Transport.TCP);
    }

    /** The id of the user who listens on that TCP port. Reads files: not for an event loop. */
    public static Optional<Integer> listeningUser(InetSocketAddress address) {
        return sockets(Transport.TCP, address, true).stream().findFirst().map(Entry::user);
    }

    /** A socket in the tables of the kernel. */
    private record Entry(int user, String inode) {}

    private static List<Entry> sockets(Transport transport, InetSocketAddress local, boolean listening) {
        Predicate<String> place = at(local);
        List<Entry> found = new ArrayList<>();
        for (String table : List.of("/proc/net/" + transport, "/proc/net/" + transport + "6")) {
            try {
                for (String line : Files.readAllLines(Path.of(table))) {
                    String[] fields = line.trim().split("\\s+", -1);
                    boolean match =
                            fields.length > 9 && place.test(fields[1]) && (!listening || fields[3].equals("0A"));
                    if (match && !fields[9].equals("0")) {
                        found.add(new Entry(Integer.parseInt(fields[7]), fields[9]));
                    }
                }
            } catch (IOException | RuntimeException e) {
                // no such table here
            }
        }
        return found;
    }

    private static Optional<Holder> owner(Transport transport, InetSocketAddress local, boolean listening) {
        for (Entry socket : sockets(transport, local, listening)) {
            try {
                Optional<Holder> holder = holder("socket:[" + socket.inode() + "]");
                if (holder.isPresent()) {
                    return holder;
                }
            } catch (IOException | RuntimeException e) {
                // no processes can be seen here
            }
        }
        return Optional.empty();
    }

    /** Whether an entry such as {@code 0100007F:1ED2}, words in the order of the machine, is or includes that address. */
    private static Predicate<String> at(InetSocketAddress local) {
        StringBuilder wanted = new StringBuilder();
        ByteBuffer words = ByteBuffer.wrap(local.getAddress().getAddress()).order(ByteOrder.nativeOrder());
        while (words.hasRemaining()) {
            wanted.append(String.format(Locale.ROOT, "%08X", words.getInt()));
        }
        String port = String.format(Locale.ROOT, ":%04X", local.getPort());
        String exact = wanted + port; // in the table of IPv6 the end of ::ffff:127.0.0.1
        boolean any = local.getAddress().isAnyLocalAddress();
        return entry -> entry.endsWith(any ? port : exact) || entry.endsWith(port) && entry.matches("0+" + port);
    }

    private static Optional<Holder> holder(String socket) throws IOException {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holds(process, socket)) {
                    return Optional.of(
                            new Holder(Long.parseLong(String.valueOf(process.getFileName())), program(process)));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean holds(Path process, String socket) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (Files.readSymbolicLink(descriptor).toString().equals(socket)) {
                    return true;
                }
            }
        } catch (IOException | RuntimeException e) {
            // gone meanwhile, or not ours to read
        }
        return false;
    }

    private static String program(Path process) throws IOException {
        try {
            return String.valueOf(Files.readSymbolicLink(process.resolve("exe")).getFileName())
                    .replace(" (deleted)", ""); // upgraded while it runs
        } catch (IOException e) {
            return Files.readString(process.resolve("comm")).trim();
        }
    }
}
