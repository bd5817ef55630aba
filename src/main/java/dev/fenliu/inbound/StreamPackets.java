package dev.fenliu.inbound;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.PacketFraming;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A client's UDP association in a stream of its own at the server end of a tunnel; it lives as long as its connection. Confined to its event loop. */
public final class StreamPackets implements InboundPackets, PacketSink {
    private final String listener;
    private final InetSocketAddress source;
    private final Optional<String> user;
    private final EventLoop loop;
    private final PacketStream stream;
    private @Nullable PacketFlow flow;

    private StreamPackets(ListenerContext context, Channel channel, Optional<String> user, PacketFraming framing) {
        this.listener = context.settings().name();
        this.source = ListenerContext.source(channel);
        this.user = user;
        this.loop = channel.eventLoop();
        this.stream = new PacketStream(framing, this, why -> new Failure(Failure.Kind.CLIENT_GONE, why));
    }

    /** Hands the association of a connected client upward and puts what reads its datagrams at the end of the pipeline. */
    public static void start(ListenerContext context, Channel channel, Optional<String> user, PacketFraming framing) {
        StreamPackets packets = new StreamPackets(context, channel, user, framing);
        PacketFlow taker = context.handler().packets(packets);
        packets.flow = taker;
        channel.closeFuture().addListener(closed -> taker.close());
        channel.pipeline().addLast("packets", packets.stream);
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
