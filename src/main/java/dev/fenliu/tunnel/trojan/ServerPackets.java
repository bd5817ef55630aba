package dev.fenliu.tunnel.trojan;

import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.PacketSink;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A client's UDP association at the server end; it lives as long as its connection. Confined to its event loop. */
final class ServerPackets implements InboundPackets, PacketSink {
    private final String listener;
    private final InetSocketAddress source;
    private final Optional<String> user;
    private final EventLoop loop;
    private final PacketStream stream = new PacketStream(this, why -> new Failure(Failure.Kind.CLIENT_GONE, why));
    private @Nullable PacketFlow flow;

    ServerPackets(String listener, InetSocketAddress source, Optional<String> user, EventLoop loop) {
        this.listener = listener;
        this.source = source;
        this.user = user;
        this.loop = loop;
    }

    /** Hands the association upward; {@link #stream} then goes into the pipeline of {@code channel}. */
    void start(FlowHandler handler, Channel channel) {
        PacketFlow taker = handler.packets(this);
        flow = taker;
        channel.closeFuture().addListener(closed -> taker.close());
    }

    PacketStream stream() {
        return stream;
    }

    @Override
    public void receive(Destination to, ByteBuf payload) {
        if (flow == null) {
            payload.release();
        } else {
            flow.receive(to, payload);
        }
    }

    @Override
    public void closed(Failure why) {
        // its channel closes too, and that is what ends the association
    }

    @Override
    public void send(Destination from, ByteBuf payload) {
        stream.send(from, payload);
    }

    @Override
    public void refuse(Failure failure) {
        stream.close();
    }

    @Override
    public String listener() {
        return listener;
    }

    @Override
    public InetSocketAddress source() {
        return source;
    }

    @Override
    public Optional<String> user() {
        return user;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }
}
