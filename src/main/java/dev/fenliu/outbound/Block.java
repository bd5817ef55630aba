package dev.fenliu.outbound;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.Set;

/** Refuses everything; what a group chooses when its member {@code block} is chosen. */
public final class Block implements Outbound {
    @Override
    public String name() {
        return "block";
    }

    @Override
    public Set<Transport> transports() {
        return Set.of(Transport.TCP, Transport.UDP);
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        return dial.loop().newFailedFuture(new Failure(Failure.Kind.BLOCKED, "blocked"));
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        return dial.loop().newFailedFuture(new Failure(Failure.Kind.BLOCKED, "blocked"));
    }
}
