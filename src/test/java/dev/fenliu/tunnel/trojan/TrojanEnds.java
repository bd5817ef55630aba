package dev.fenliu.tunnel.trojan;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.transport.TransportOptions;
import dev.fenliu.tunnel.Loopback;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Both ends of the tunnel as a program would run them. */
public record TrojanEnds(Loopback here) {
    public static final String PASSWORD = "a password of the test";

    public int server(Optional<Destination> fallback) throws Exception {
        return server(Map.of(), fallback);
    }

    /** A server end with the usual password; its port. */
    public int server(Map<String, Secret> users, Optional<Destination> fallback) throws Exception {
        return server(users, fallback, Optional.empty());
    }

    /** The same, in a transport. */
    public int server(Map<String, Secret> users, Optional<Destination> fallback, Optional<TransportOptions> transport)
            throws Exception {
        TrojanListenerOptions options = new TrojanListenerOptions(
                Optional.of(new Secret(PASSWORD)),
                TestCertificates.text("server.pem"),
                new Secret(TestCertificates.text("server.key")),
                fallback,
                false,
                transport);
        return here.serve(new TrojanListenerType().open(options, here.listener(TrojanType.NAME, users)));
    }

    public Outbound client(int server) throws IOException {
        return client(server, PASSWORD, TestCertificates.client());
    }

    public Outbound client(int server, String password, TlsOptions tls) throws IOException {
        return client(server, password, tls, Optional.empty());
    }

    /** The usual client, in a transport. */
    public Outbound client(int server, TransportOptions transport) throws IOException {
        TlsOptions tls = TestCertificates.client().offering(transport.alpn());
        return client(server, PASSWORD, tls, Optional.of(transport));
    }

    private Outbound client(int server, String password, TlsOptions tls, Optional<TransportOptions> transport)
            throws IOException {
        TrojanOptions options = new TrojanOptions(Loopback.local(server), new Secret(password), tls, transport);
        return new TrojanType().open("vps", options, here.context());
    }
}
