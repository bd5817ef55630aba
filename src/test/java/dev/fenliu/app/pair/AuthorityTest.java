package dev.fenliu.app.pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Host;
import dev.fenliu.net.ServerTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthorityTest {
    private static final Host.Name NAME = new Host.Name("vps.example.com");
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    @TempDir
    private Path folder;

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, HERE)) {
            return socket.getLocalPort();
        }
    }

    private ServerFolder server() throws IOException {
        ServerFolder server = new ServerFolder(folder.resolve("server"));
        server.make(List.of(NAME), true, "version: 1\n");
        return server;
    }

    @Test
    void a_certificate_comes_for_the_key_that_is_there_and_is_renewed_at_two_thirds_of_its_life() throws Exception {
        ServerFolder server = server();
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        assertThat(Authority.isDue(server.certificate(), now)).isTrue(); // our own
        String key = Files.readString(server.privateKey());
        int port = freePort();
        try (FakeAuthority fake = new FakeAuthority(port, now, Duration.ofDays(90))) {
            Authority authority =
                    new Authority(fake.directory(), ProxySelector.of(null), new InetSocketAddress(HERE, port));
            authority.renew(NAME, server);
            assertThat(Authority.isDue(server.certificate(), now.plus(Duration.ofDays(59))))
                    .isFalse();
            assertThat(Authority.isDue(server.certificate(), now.plus(Duration.ofDays(61))))
                    .isTrue();
            assertThat(Files.readString(server.privateKey())).isEqualTo(key);
            new ServerTls(Files.readString(server.certificate()), key, List.of()); // they belong together
            String account = Files.readString(server.file("account.key"));
            authority.renew(NAME, server);
            assertThat(fake.issued()).isEqualTo(2);
            assertThat(Files.readString(server.file("account.key"))).isEqualTo(account);
        }
    }

    @Test
    void where_the_question_does_not_arrive_all_stays_as_it_was() throws Exception {
        ServerFolder server = server();
        String before = Files.readString(server.certificate());
        try (FakeAuthority fake = new FakeAuthority(freePort(), Instant.now(), Duration.ofDays(90));
                ServerSocket taken = new ServerSocket(0, 1, HERE)) {
            Authority authority = new Authority(
                    fake.directory(), ProxySelector.of(null), (InetSocketAddress) taken.getLocalSocketAddress());
            assertThatThrownBy(() -> authority.renew(NAME, server))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("port " + taken.getLocalPort());
        }
        Authority nobody = new Authority(
                java.net.URI.create("http://127.0.0.1:" + freePort() + "/directory"),
                ProxySelector.of(null),
                new InetSocketAddress(HERE, freePort()));
        assertThatThrownBy(() -> nobody.renew(NAME, server)).isInstanceOf(IOException.class);
        assertThat(Files.readString(server.certificate())).isEqualTo(before);
    }
}
