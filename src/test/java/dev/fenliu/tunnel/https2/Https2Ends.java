package dev.fenliu.tunnel.https2;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ServerIdentity;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Login;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Both ends of the tunnel as a program would run them. */
public record Https2Ends(Loopback here) {
    public static final String PASSWORD = "a password: of the test";

    public int server(Optional<Destination> fallback) throws Exception {
        return server(Map.of(), fallback);
    }

    /** A server end with the usual password; its port. */
    public int server(Map<String, Secret> users, Optional<Destination> fallback) throws Exception {
        return server(users, fallback, Optional.empty());
    }

    /** One at which {@code challengeHost} asks for the login. */
    public int server(Map<String, Secret> users, Optional<Destination> fallback, Optional<Secret> challengeHost)
            throws Exception {
        return here.serve(acceptor(users, fallback, challengeHost));
    }

    /** The same, not served yet. */
    public Acceptor acceptor(Map<String, Secret> users, Optional<Destination> fallback, Optional<Secret> challengeHost)
            throws Exception {
        Https2ListenerOptions options = new Https2ListenerOptions(
                Optional.of(new Secret(PASSWORD)),
                new ServerIdentity(
                        TestCertificates.text("server.pem"), new Secret(TestCertificates.text("server.key"))),
                fallback,
                challengeHost,
                false);
        return new Https2ListenerType().open(options, here.listener(Https2Type.NAME, users));
    }

    public Outbound client(int server) throws IOException {
        return client(server, "anybody", PASSWORD);
    }

    public Outbound client(int server, String user, String password) throws IOException {
        return client(server, Optional.of(new Login(user, new Secret(password))), TestCertificates.client());
    }

    public Outbound client(int server, Optional<Login> login, TlsOptions tls) throws IOException {
        TlsOptions h2 = new TlsOptions(
                tls.serverName(),
                List.of("h2", "http/1.1"),
                tls.authorities(),
                tls.pin(),
                tls.certificate(),
                tls.key());
        return new Https2Type().open("vps", new Https2Options(Loopback.local(server), login, h2), here.context());
    }
}
