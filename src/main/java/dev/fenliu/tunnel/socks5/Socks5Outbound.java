package dev.fenliu.tunnel.socks5;

import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Login;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.Upstream;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.Optional;
import java.util.Set;

/** Carries TCP by CONNECT and, unless the server is reached by TLS, UDP by UDP ASSOCIATE. */
final class Socks5Outbound implements Outbound {
    private final Upstream upstream;
    private final Optional<Login> login;

    Socks5Outbound(Upstream upstream, Optional<Login> login) {
        this.upstream = upstream;
        this.login = login;
    }

    @Override
    public String name() {
        return upstream.outbound();
    }

    @Override
    public Set<Transport> transports() {
        // The datagrams of an association would travel outside TLS.
        return upstream.tls().isPresent() ? Set.of(Transport.TCP) : upstream.carried();
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        return upstream.open(dial, Socks5Negotiation.connect(dial.destination(), login));
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        return transports().contains(Transport.UDP)
                ? Socks5Packets.open(upstream, login, dial, sink)
                : Outbound.super.openPackets(dial, sink);
    }
}
