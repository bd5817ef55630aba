package dev.fenliu.e2e;

import static dev.fenliu.e2e.Streams.assertEchoes;
import static dev.fenliu.e2e.Streams.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Groups of tunnels that are gone, slow, silent, cut flows off, or come and go. */
@Tag("program")
@Timeout(120)
class GroupsTest {
    private final Streams streams = new Streams();

    @TempDir
    private Path folder;

    @AfterEach
    void stop() {
        streams.close();
    }

    private enum Mood {
        FINE,
        /** Answers a second later than the others. */
        SLOW,
        /** Accepts, and that was all. */
        HUNG,
        /** Resets what comes. */
        GONE,
        /** Takes every flow and says nothing more. */
        SILENT,
        /** Takes every flow and closes it when something comes. */
        CUTS
    }

    /** A SOCKS 5 server that plays the origin too: it says its name, and then all that is sent to it. */
    private final class Tunnel {
        private final String name;
        private final ServerSocket door;
        private final Queue<String> asked = new ConcurrentLinkedQueue<>();
        private volatile Mood mood;

        Tunnel(String name, Mood first) throws IOException {
            this.name = name;
            mood = first;
            door = streams.origin(this::serve);
        }

        private void serve(Socket socket) throws IOException {
            Mood now = mood;
            DataInputStream in = new DataInputStream(socket.getInputStream());
            if (now == Mood.GONE) {
                socket.setSoLinger(true, 0);
                return;
            }
            if (now == Mood.HUNG) {
                asked.add("?");
                in.transferTo(java.io.OutputStream.nullOutputStream());
                return;
            }
            in.readByte();
            in.skipNBytes(in.readByte());
            pause(now == Mood.SLOW ? 500 : 0);
            socket.getOutputStream().write(new byte[] {5, 0});
            in.skipNBytes(4);
            String host = new String(in.readNBytes(in.readByte()), StandardCharsets.US_ASCII);
            in.readShort();
            asked.add(host);
            socket.getOutputStream().write(new byte[] {5, 0, 0, 1, 127, 0, 0, 1, 0, 1});
            int first = in.read();
            if (now == Mood.SILENT) {
                in.transferTo(java.io.OutputStream.nullOutputStream());
            } else if (now != Mood.CUTS && first >= 0) {
                answer(socket, host, first);
            }
        }

        private void answer(Socket socket, String host, int first) throws IOException {
            if (host.equals("check.test")) {
                pause(mood == Mood.SLOW ? 500 : 0);
                socket.getOutputStream()
                        .write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                return;
            }
            socket.getOutputStream().write(name.charAt(0));
            socket.getOutputStream().write(first);
            Streams.echo(socket);
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Fenliu home(String group, Tunnel... tunnels) throws IOException {
        StringBuilder config = new StringBuilder("""
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                log: {flows: on}
                rules: [{to: ai}]
                """);
        config.append("groups: {ai: {").append(group).append(", members: [");
        List<String> names = new ArrayList<>();
        for (Tunnel tunnel : tunnels) {
            names.add(tunnel.name);
        }
        config.append(String.join(", ", names)).append("]}}\noutbounds:\n");
        for (Tunnel tunnel : tunnels) {
            config.append("  %s: {type: socks5, server: \"127.0.0.1:%d\"}\n"
                    .formatted(tunnel.name, tunnel.door.getLocalPort()));
        }
        return Fenliu.start(folder, "home", config.toString());
    }

    /** The name of the tunnel that answers for a host; a dash if none does in a while. */
    private static String carrier(Fenliu home, String host) {
        try (Socket socket = connect(home, host, 443)) {
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write(1);
            int answer = socket.getInputStream().read();
            return answer < 0 ? "-" : String.valueOf((char) answer);
        } catch (IOException e) {
            return "-";
        }
    }

    @Test
    void members_that_are_gone_or_hang_hold_up_one_flow_and_no_other() throws Exception {
        Tunnel[] tunnels = {
            new Tunnel("a", Mood.HUNG), new Tunnel("b", Mood.GONE), new Tunnel("c", Mood.HUNG), new Tunnel("d", Mood.FINE)
        };
        try (Fenliu home = home("type: fallback", tunnels)) {
            assertThat(carrier(home, "one.test")).isEqualTo("d");
            assertThat(tunnels[0].asked).hasSize(1);
            for (int i = 0; i < 20; i++) {
                assertThat(carrier(home, "n" + i + ".test")).isEqualTo("d");
            }
            assertThat(tunnels[0].asked).hasSize(1);
            assertThat(tunnels[2].asked).hasSize(1);
            assertThat(home.text()).contains("path=ai/d");
        }
    }

    @Test
    void a_member_that_falls_silent_is_left_by_new_flows_and_old_ones_stay() throws Exception {
        Tunnel a = new Tunnel("a", Mood.FINE);
        Tunnel b = new Tunnel("b", Mood.FINE);
        try (Fenliu home = home("type: fallback, check: off", a, b);
                Socket old = connect(home, "old.test", 443)) {
            old.getOutputStream().write(1);
            assertThat(old.getInputStream().readNBytes(2)).containsExactly('a', 1);
            a.mood = Mood.SILENT;
            await().atMost(Duration.ofSeconds(30)).until(() -> carrier(home, "one.test").equals("b"));
            assertThat(carrier(home, "two.test")).isEqualTo("b");
            assertEchoes(old);
        }
    }

    @Test
    void a_member_that_takes_flows_and_cuts_them_off_is_left_and_a_check_brings_it_back() throws Exception {
        Tunnel a = new Tunnel("a", Mood.CUTS);
        Tunnel b = new Tunnel("b", Mood.FINE);
        try (Fenliu home = home("type: fallback, check: {url: \"http://check.test/\"}", a, b)) {
            int[] next = {0};
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> carrier(home, "n" + next[0]++ + ".test").equals("b"));
            assertThat(carrier(home, "one.test")).isEqualTo("b");
            a.mood = Mood.FINE;
            await().atMost(Duration.ofSeconds(40)).until(() -> carrier(home, "one.test")
                    .equals("a"));
            assertThat(a.asked).contains("check.test");
        }
    }

    @Test
    void a_fastest_group_measures_its_members_and_takes_the_fastest() throws Exception {
        Tunnel a = new Tunnel("a", Mood.SLOW);
        Tunnel b = new Tunnel("b", Mood.FINE);
        try (Fenliu home = home("type: fastest, check: {url: \"http://check.test/\"}", a, b)) {
            await().atMost(Duration.ofSeconds(30)).until(() -> carrier(home, "one.test")
                    .equals("b"));
            assertThat(carrier(home, "two.test")).isEqualTo("b");
        }
    }

    @Test
    void while_a_member_comes_and_goes_no_flow_fails() throws Exception {
        Tunnel a = new Tunnel("a", Mood.FINE);
        Tunnel b = new Tunnel("b", Mood.FINE);
        try (Fenliu home = home("type: fallback", a, b)) {
            for (int i = 0; i < 60; i++) {
                a.mood = i % 3 == 0 ? Mood.GONE : Mood.FINE;
                assertThat(carrier(home, "n" + i + ".test")).isNotEqualTo("-");
            }
        }
    }

    @Test
    void a_balanced_group_gives_a_site_to_one_member_and_goes_on_without_it() throws Exception {
        Tunnel a = new Tunnel("a", Mood.FINE);
        Tunnel b = new Tunnel("b", Mood.FINE);
        try (Fenliu home = home("type: load-balance", a, b)) {
            String one = carrier(home, "www.one.test");
            for (int i = 0; i < 5; i++) {
                assertThat(carrier(home, "n" + i + ".one.test")).isEqualTo(one);
            }
            (one.equals("a") ? a : b).mood = Mood.GONE;
            assertThat(carrier(home, "www.one.test")).isEqualTo(one.equals("a") ? "b" : "a");
        }
    }
}
