package dev.fenliu.tunnel.hysteria2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.Access;
import dev.fenliu.inbound.ClientLimits;
import dev.fenliu.inbound.Listener;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ServerIdentity;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A listener that is changed while it has clients. */
@Timeout(30)
class Hysteria2ReloadTest {
    private final Loopback here = new Loopback();
    private final Hysteria2Ends ends = new Hysteria2Ends(here);
    private Listener listener;
    private int port;
    private Destination origin;

    @BeforeEach
    void open() throws Exception {
        ListenerSettings settings = settings("anna");
        listener = Listener.bind(
                        settings,
                        Access.of(settings, true),
                        acceptor(settings, Optional.empty()),
                        ClientLimits.ofThisProcess(),
                        here.loops())
                .get();
        port = listener.address().getPort();
        origin = Loopback.local(here.origin(Loopback::echo));
    }

    @AfterEach
    void close() throws Exception {
        listener.close().get();
        ends.close();
    }

    private static ListenerSettings settings(String user) {
        InetSocketAddress any = new InetSocketAddress(Loopback.LOCAL, 0);
        return new ListenerSettings("hysteria2", "in", any, Map.of(user, new Secret("secret")), false);
    }

    private Acceptor acceptor(ListenerSettings settings, Optional<Secret> obfs) throws IOException {
        ServerIdentity identity = new ServerIdentity(
                TestCertificates.text("server.pem"), new Secret(TestCertificates.text("server.key")));
        Hysteria2ListenerOptions options = new Hysteria2ListenerOptions(
                Optional.of(new Secret(Hysteria2Ends.PASSWORD)), obfs, identity, Optional.empty(), false);
        ListenerContext context = here.listener("hysteria2", settings.users());
        return new Hysteria2ListenerType()
                .open(options, new ListenerContext(settings, context.handler(), context.plain()));
    }

    private void replace(String user, Optional<Secret> obfs) throws Exception {
        ListenerSettings settings = settings(user);
        listener.replace(settings, Access.of(settings, true), acceptor(settings, obfs))
                .get();
    }

    private static void echoes(Socket socket) throws IOException {
        socket.getOutputStream().write('x');
        assertThat(socket.getInputStream().read()).isEqualTo('x');
    }

    @Test
    void running_flows_go_on_and_what_comes_next_is_served_as_the_listener_is_now() throws Exception {
        int anna = here.forward(ends.client(port, "anna:secret", Optional.empty()), origin);
        int everybody = here.forward(ends.client(port), origin);
        try (Socket old = new Socket(Loopback.LOCAL, anna);
                Socket other = new Socket(Loopback.LOCAL, everybody)) {
            echoes(old);
            echoes(other);
            replace("ben", Optional.empty());
            echoes(old);
            echoes(other);
            try (Socket next = new Socket(Loopback.LOCAL, anna)) {
                assertThat(next.getInputStream().read()).isNegative();
            }
            try (Socket next = new Socket(Loopback.LOCAL, everybody)) {
                echoes(next);
            }
            Outbound ben = ends.client(port, "ben:secret", Optional.empty());
            try (Socket next = new Socket(Loopback.LOCAL, here.forward(ben, origin))) {
                echoes(next);
            }
            echoes(old);
        }
    }

    @Test
    void another_key_of_salamander_is_in_force_at_once() throws Exception {
        try (Socket old = new Socket(Loopback.LOCAL, here.forward(ends.client(port), origin))) {
            echoes(old);
            Optional<Secret> obfs = Optional.of(new Secret("salam4nder"));
            replace("anna", obfs);
            Outbound client = ends.client(port, Hysteria2Ends.PASSWORD, obfs);
            try (Socket next = new Socket(Loopback.LOCAL, here.forward(client, origin))) {
                echoes(next);
            }
        }
    }
}
