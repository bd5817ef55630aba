package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/**
 * Clients on a machine of a {@link Village} that ask the origin again and again, each over one connection, by HTTP/3 on
 * port 443 and over a stream on port 8080. Those over HTTP/3 make a new connection when one ends.
 */
final class Watchers implements AutoCloseable {
    /** One client of one host; what it writes begins with the host. */
    record Watcher(String kind, String host, String source, Path log) {
        private List<String> lines() throws IOException {
            return Files.readAllLines(log).stream()
                    .filter(line -> line.startsWith(host + " "))
                    .toList();
        }

        private long answers() throws IOException {
            return lines().stream()
                    .filter(line -> line.startsWith(host + " seen " + source + " "))
                    .count();
        }

        /** Waits until it has two more answers. */
        void goesOn() throws IOException {
            long before = answers();
            Awaitility.await(kind + " " + host).atMost(Duration.ofSeconds(40)).until(() -> answers() >= before + 2);
        }

        /** It had one connection all the time. */
        void neverNoticed() throws IOException {
            assertThat(lines()).filteredOn(line -> line.endsWith(" connected")).hasSize(1);
            assertThat(lines()).noneMatch(line -> line.contains("lost"));
        }

        /** What answers it had came the right way. */
        void wasNeverAstray() throws IOException {
            assertThat(lines()).filteredOn(line -> line.contains(" seen ")).hasSize((int) answers());
        }
    }

    private final List<AutoCloseable> programs = new ArrayList<>();
    private final List<Watcher> all = new ArrayList<>();

    private Watchers() {}

    /** @param hosts with the address that the origin must see as the source of what they are asked */
    static Watchers start(Village village, String python, Path peer, Path folder, Map<String, String> hosts)
            throws IOException {
        Watchers watchers = new Watchers();
        Path log = folder.resolve("http3.log");
        List<String> command = Http3.command("watch");
        hosts.keySet().forEach(host -> command.addAll(List.of(host, "443", "by-address.test")));
        watchers.programs.add(
                Programs.serve(log, village.command("client", command).toArray(String[]::new)));
        for (Map.Entry<String, String> host : hosts.entrySet()) {
            watchers.all.add(new Watcher("http3", host.getKey(), host.getValue(), log));
            Path stream = folder.resolve("stream" + watchers.programs.size() + ".log");
            List<String> hold = List.of(python, peer.toString(), "hold", host.getKey(), "8080", "on");
            watchers.programs.add(
                    Programs.serve(stream, village.command("client", hold).toArray(String[]::new)));
            watchers.all.add(new Watcher("stream", host.getKey(), host.getValue(), stream));
        }
        for (Watcher watcher : watchers.all) {
            watcher.goesOn();
        }
        return watchers;
    }

    List<Watcher> all() {
        return all;
    }

    List<Watcher> http3() {
        return all.stream().filter(watcher -> watcher.kind.equals("http3")).toList();
    }

    List<Watcher> of(List<String> hosts) {
        return all.stream().filter(watcher -> hosts.contains(watcher.host)).toList();
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable program : programs) {
            program.close();
        }
    }
}
