package dev.fenliu.tunnel.vless;

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
public record VlessEnds(Loopback here) {
    public static final String UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff";

    /** A server end with one user, {@code anna}; its port. */
    public int server(Optional<Destination> fallback) throws Exception {
        return server(fallback, Optional.empty());
    }

    public int server(Optional<Destination> fallback, Optional<TransportOptions> transport) throws Exception {
        VlessListenerOptions options = new VlessListenerOptions(
                TestCertificates.text("server.pem"),
                new Secret(TestCertificates.text("server.key")),
                fallback,
                false,
                transport);
        return here.serve(new VlessListenerType()
                .open(options, here.listener(VlessType.NAME, Map.of("anna", new Secret(UUID)))));
    }

    public Outbound client(int server) throws IOException {
        return client(server, UUID);
    }

    public Outbound client(int server, String uuid) throws IOException {
        return client(server, uuid, Optional.empty());
    }

    public Outbound client(int server, TransportOptions transport) throws IOException {
        return client(server, UUID, Optional.of(transport));
    }

    private Outbound client(int server, String uuid, Optional<TransportOptions> transport) throws IOException {
        TlsOptions tls = TestCertificates.client();
        VlessOptions options = new VlessOptions(
                Loopback.local(server),
                new Secret(uuid),
                transport.map(it -> tls.offering(it.alpn())).orElse(tls),
                transport);
        return new VlessType().open("vps", options, here.context());
    }
}
