package dev.fenliu.tunnel.trojan;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketStream;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Preface;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The client end: a TLS connection for each stream and for each UDP association. The server answers nothing, so a wrong
 * password or an unreachable origin shows only as a stream that ends. The end of a stream is a close_notify. Of the
 * servers seen, trojan 1.16 takes it for the end of both directions, and V2Ray 4.34 does not pass it on, yet lets an
 * answer through that comes within a second. Safe for concurrent use.
 */
final class TrojanOutbound implements Outbound {
    private final Upstream upstream;
    private final byte[] key;

    TrojanOutbound(Upstream upstream, Secret password) {
        this.upstream = upstream;
        this.key = TrojanKey.of(password);
    }

    @Override
    public String name() {
        return upstream.outbound();
    }

    @Override
    public Set<Transport> transports() {
        return EnumSet.allOf(Transport.class);
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        return upstream.connect(dial, request(dial, TrojanRequest.Command.CONNECT));
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        return upstream.connectPackets(
                dial,
                request(dial, TrojanRequest.Command.DATAGRAMS),
                failure -> new PacketStream(TrojanPacket.FRAMING, sink, failure));
    }

    @Override
    public void close() {
        upstream.close();
    }

    /** Leaves the request in the pipeline for the first write to take along. */
    private Consumer<Channel> request(Dial dial, TrojanRequest.Command command) {
        return channel -> {
            ByteBuf request = channel.alloc().buffer(TrojanRequest.MAX_BYTES);
            TrojanRequest.encode(key, command, dial.destination(), request);
            channel.pipeline().addLast(Preface.request(request));
        };
    }
}
