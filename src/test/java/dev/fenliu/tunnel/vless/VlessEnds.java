package dev.fenliu.tunnel.vless;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Both ends of the tunnel as a program would run them. */
public record VlessEnds(Loopback here) {
    public static final String UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff";

    /** A server end with one user, {@code anna}; its port. */
    public int server(Optional<Destination> fallback) throws Exception {
        VlessListenerOptions options = new VlessListenerOptions(
                TestCertificates.text("server.pem"), new Secret(TestCertificates.text("server.key")), fallback, false);
        return here.serve(new VlessListenerType()
                .open(options, here.listener(VlessType.NAME, Map.of("anna", new Secret(UUID)))));
    }

    public Outbound client(int server) throws IOException {
        return client(server, UUID);
    }

    public Outbound client(int server, String uuid) throws IOException {
        VlessOptions options = new VlessOptions(Loopback.local(server), new Secret(uuid), TestCertificates.client());
        return new VlessType().open("vps", options, here.context());
    }
}
