package dev.fenliu.inbound.dns;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.inbound.ServerIdentity;
import dev.fenliu.net.ServerTls;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The listener type {@code dns}: answers DNS clients of this machine and its network by the rules of flows. */
public final class DnsListenerType implements ListenerType<DnsListenerType.Options> {
    /** What the config says; with an identity clients speak TLS. */
    public record Options(Optional<ServerIdentity> identity) {}

    private static final ServerIdentity.Keys IDENTITY = ServerIdentity.Keys.optional(
            "With it clients speak DNS over TLS and over HTTPS, both on this port; without it, plain DNS over UDP and TCP.");

    @Override
    public String name() {
        return "dns";
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(IDENTITY.certificate(), IDENTITY.privateKey());
    }

    @Override
    public boolean takesUsers() {
        return false;
    }

    @Override
    public boolean remote() {
        return false;
    }

    @Override
    public @Nullable Options parse(Section section, ListenerSettings settings) {
        if (!settings.users().isEmpty()) {
            section.problems().error(section.node(), "a listener of type dns has no users: nobody can log in by DNS");
        }
        ServerIdentity identity = IDENTITY.read(section, DnsAcceptor.ALPN);
        return section.clean() ? new Options(Optional.ofNullable(identity)) : null;
    }

    @Override
    public Acceptor open(Options options, ListenerContext context) throws IOException {
        ServerTls tls = null;
        if (options.identity().isPresent()) {
            tls = options.identity().get().tls(DnsAcceptor.ALPN);
            tls.prepare();
        }
        return new DnsAcceptor(context, tls);
    }
}
