package dev.fenliu.tunnel.http;

import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.outbound.Login;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.Upstream;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.Optional;
import java.util.Set;

/** Carries TCP by CONNECT. */
record HttpOutbound(Upstream upstream, Optional<Login> login) implements Outbound {
    @Override
    public String name() {
        return upstream.outbound();
    }

    @Override
    public Set<Transport> transports() {
        return Set.of(Transport.TCP);
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        return upstream.open(dial, new ConnectNegotiation(dial.destination(), login));
    }
}
