package dev.fenliu.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.ssh.SshEnds;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of ours against OpenSSH: its server, its client and its agent. */
@Tag("program")
@Timeout(300)
class SshInteropTest {
    private final Loopback here = new Loopback();

    @TempDir
    private Path folder;

    private Programs programs;
    private SshEnds ends;

    @BeforeEach
    void open() throws Exception {
        programs = new Programs(folder);
        ends = new SshEnds(here, folder);
        for (String kind : List.of("ed25519", "rsa", "ecdsa")) {
            for (String of : List.of("host-", "user-")) {
                programs.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "carla", "-f", file(of + kind));
            }
        }
    }

    @AfterEach
    void close() throws Exception {
        here.close();
        programs.close();
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    /** OpenSSH's server with a key of each kind, and all of the users' keys; its port. */
    private int sshd(String... more) throws Exception {
        Programs.require("sshd");
        Files.createDirectories(Path.of("/run/sshd"));
        StringBuilder authorized = new StringBuilder();
        for (String kind : List.of("ed25519", "rsa", "ecdsa")) {
            authorized.append(Files.readString(folder.resolve("user-" + kind + ".pub")));
        }
        programs.write("authorized-all", authorized.toString());
        int port = Programs.freePort();
        Path config = programs.write("sshd_config", """
                Port %d
                ListenAddress 127.0.0.1
                HostKey %s
                HostKey %s
                HostKey %s
                AuthorizedKeysFile %s
                StrictModes no
                UsePAM no
                PidFile none
                PermitRootLogin yes
                %s
                """.formatted(
                        port,
                        file("host-ed25519"),
                        file("host-rsa"),
                        file("host-ecdsa"),
                        file("authorized-all"),
                        String.join("\n", more)));
        programs.serve(port, "/usr/sbin/sshd", "-D", "-e", "-f", config.toString());
        return port;
    }

    /** What is known of the server: one key of that kind. */
    private Path known(int port, String kind) throws Exception {
        String key = Files.readString(folder.resolve("host-" + kind + ".pub"));
        return programs.write("known-" + kind, "[127.0.0.1]:" + port + " " + key);
    }

    private int forward(Outbound outbound) throws Exception {
        return here.forward(outbound, Loopback.local(here.origin(Loopback::echo)));
    }

    @Test
    void our_client_and_sshd_carry_bulk_both_ways() throws Exception {
        int port = sshd();
        Outbound client = ends.client(port, folder.resolve("user-ed25519"), known(port, "ed25519"));
        Traffic.echoed(new Socket(Loopback.LOCAL, forward(client)), Traffic.SOME);
        Traffic.crowd(() -> new Socket(Loopback.LOCAL, forward(client)));
    }

    @Test
    void each_kind_of_key_proves_either_end() throws Exception {
        int port = sshd();
        for (String kind : List.of("ed25519", "rsa", "ecdsa")) {
            Outbound client = ends.client(port, folder.resolve("user-" + kind), known(port, kind));
            Traffic.echoed(new Socket(Loopback.LOCAL, forward(client)), 1 << 20);
        }
    }

    @Test
    void half_close_before_sshd_still_lets_the_answer_through() throws Exception {
        int port = sshd();
        Outbound client = ends.client(port, folder.resolve("user-ed25519"), known(port, "ed25519"));
        int local = here.forward(client, Loopback.local(here.origin(Loopback::answerAtEnd)));
        try (Socket socket = new Socket(Loopback.LOCAL, local)) {
            socket.getOutputStream().write(new byte[100_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes())
                    .asString(US_ASCII)
                    .isEqualTo("answer to 100000");
        }
    }

    @Test
    void our_client_logs_in_by_the_agent() throws Exception {
        int port = sshd();
        programs.start("ssh-agent", "-D", "-a", file("agent"));
        while (!Files.exists(folder.resolve("agent"))) {
            Thread.sleep(10);
        }
        programs.run("env", "SSH_AUTH_SOCK=" + file("agent"), "ssh-add", "-q", file("user-rsa"), file("user-ed25519"));
        Outbound client = ends.clientOfAgent(port, folder.resolve("agent"), known(port, "ed25519"));
        Traffic.echoed(new Socket(Loopback.LOCAL, forward(client)), 1 << 20);
    }

    @Test
    void what_sshd_refuses_is_told() throws Exception {
        int port = sshd();
        Outbound client = ends.client(port, folder.resolve("user-ed25519"), known(port, "ed25519"));
        assertThat(failure(client).kind()).isEqualTo(Failure.Kind.HOST_UNREACHABLE);
        port = sshd("AllowTcpForwarding no");
        client = ends.client(port, folder.resolve("user-ed25519"), known(port, "ed25519"));
        assertThat(failure(client).text()).contains("does it allow TCP forwarding?");
    }

    private Failure failure(Outbound client) throws Exception {
        EventLoop loop = here.loops().next();
        Future<Channel> opened = loop.submit(() -> client.connect(Dial.own(Loopback.local(Programs.freePort()), loop)))
                .get();
        assertThat(opened.await(20, TimeUnit.SECONDS)).isTrue();
        return (Failure) opened.cause();
    }

    /** A server of ours that takes the users' keys. */
    private int ourServer() throws Exception {
        programs.write("authorized", Files.readString(folder.resolve("user-ed25519.pub")));
        return ends.server(Map.of("bert", new Secret("his password")));
    }

    private String[] ssh(int server, String... what) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "ssh",
                "-F",
                "none",
                "-i",
                file("user-ed25519"),
                "-o",
                "BatchMode=yes",
                "-o",
                "UserKnownHostsFile=" + ends.knownHosts(server),
                "-p",
                Integer.toString(server)));
        command.addAll(List.of(what));
        command.add("somebody@127.0.0.1");
        return command.toArray(String[]::new);
    }

    @Test
    void ssh_and_our_server_carry_bulk_both_ways() throws Exception {
        int server = ourServer();
        int socks = Programs.freePort();
        programs.serve(socks, ssh(server, "-N", "-D", "127.0.0.1:" + socks));
        int echo = here.origin(Loopback::echo);
        Traffic.echoed(Traffic.throughSocks(socks, echo), Traffic.SOME);
        Traffic.crowd(() -> Traffic.throughSocks(socks, echo));
        int answers = here.origin(Loopback::answerAtEnd);
        try (Socket socket = Traffic.throughSocks(socks, answers)) {
            socket.getOutputStream().write(new byte[100_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes())
                    .asString(US_ASCII)
                    .isEqualTo("answer to 100000");
        }
        assertThat(here.served.flows).allMatch(flow -> flow.user().orElseThrow().equals("carla"));
    }

    @Test
    void our_server_forwards_and_does_nothing_else() throws Exception {
        int server = ourServer();
        String shell = programs.converse("", ssh(server));
        assertThat(shell).containsAnyOf("open failed", "administratively prohibited", "unknown channel type");
        String back = programs.converse("", ssh(server, "-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:localhost:1"));
        assertThat(back).contains("remote port forwarding failed");
        assertThat(here.served.flows).isEmpty();
    }

    @Test
    void a_key_that_is_not_listed_is_refused() throws Exception {
        int server = ourServer();
        String[] command = ssh(server, "-N");
        command[4] = file("user-rsa");
        assertThat(programs.converse("", command)).contains("Permission denied");
    }
}
