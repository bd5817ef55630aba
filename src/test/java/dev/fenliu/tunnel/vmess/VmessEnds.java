package dev.fenliu.tunnel.vmess;

import dev.fenliu.config.Secret;
import dev.fenliu.net.TestCertificates;
import dev.fenliu.net.TlsOptions;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.transport.TransportOptions;
import dev.fenliu.tunnel.Loopback;
import java.io.IOException;
import java.util.Optional;

/** The client end as a program would run it. */
public record VmessEnds(Loopback here) {
    public static final String UUID = "b831381d-6324-4d53-ad4f-8cda48b30811";

    /** Without TLS. */
    public Outbound client(int server) throws IOException {
        return client(server, "aes-128-gcm", false);
    }

    /** With {@code security} as the configuration writes it. */
    public Outbound client(int server, String security, boolean tls) throws IOException {
        return client(server, security, tls, Optional.empty());
    }

    public Outbound client(int server, String security, boolean tls, Optional<TransportOptions> transport)
            throws IOException {
        TlsOptions plain = TestCertificates.client();
        TlsOptions offered = transport.map(it -> plain.offering(it.alpn())).orElse(plain);
        VmessOptions options = new VmessOptions(
                Loopback.local(server),
                new Secret(UUID),
                Security.valueOf(security.toUpperCase(java.util.Locale.ROOT).replace('-', '_')),
                tls ? Optional.of(offered) : Optional.empty(),
                transport);
        return new VmessType().open("vps", options, here.context());
    }
}
