package dev.fenliu.inbound.mixed;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.Recognizer;
import io.netty.channel.Channel;
import java.util.List;

/** Several protocols on one port. */
public final class MixedAcceptor implements Acceptor {
    private final List<Recognizer> protocols;

    /** @param protocols in the order in which they are asked */
    public MixedAcceptor(List<Recognizer> protocols) {
        this.protocols = List.copyOf(protocols);
    }

    @Override
    public void accept(Channel client) {
        client.pipeline().addLast("mixed", new FirstBytes(protocols));
    }

    @Override
    public void retire() {
        protocols.forEach(Recognizer::retire);
    }
}
