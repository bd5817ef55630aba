package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** The client's datagrams, sealed, inside those that go to the server. Confined to the dial's event loop. */
final class SealedPackets implements PacketTunnel, PacketSink {
    private final ShadowsocksOutbound outbound;
    private final Destination server;
    private final PacketCodec codec;
    private final PacketSink sink;
    private @Nullable PacketTunnel carrier;

    SealedPackets(ShadowsocksOutbound outbound, Destination server, PacketCodec codec, PacketSink sink) {
        this.outbound = outbound;
        this.server = server;
        this.codec = codec;
        this.sink = sink;
    }

    /** This tunnel, over the one that reaches the server. */
    PacketTunnel over(PacketTunnel tunnel) {
        carrier = tunnel;
        return this;
    }

    @Override
    public void send(Destination to, ByteBuf payload) {
        try {
            if (carrier != null) {
                carrier.send(server, codec.seal(to, payload, ByteBufAllocator.DEFAULT));
            }
        } finally {
            payload.release();
        }
    }

    @Override
    public void receive(Destination from, ByteBuf payload) {
        PacketCodec.Datagram datagram;
        try {
            datagram = codec.open(payload, ByteBufAllocator.DEFAULT);
        } catch (Failure e) {
            outbound.garbled(e); // dropped: anybody can send us datagrams
            return;
        } finally {
            payload.release();
        }
        outbound.doubt().proven();
        sink.receive(datagram.far(), datagram.payload());
    }

    @Override
    public void closed(Failure why) {
        sink.closed(outbound.down(why));
    }

    @Override
    public void close() {
        if (carrier != null) {
            carrier.close();
        }
    }
}
