package dev.fenliu.tunnel.https2;

import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * UDP between a client and one destination at the server end; it lives as long as its stream, which is ended when nothing
 * has passed for two to four minutes: less is too little for some (RFC 4787 section 4.3). Confined to its event loop.
 */
final class ServerPackets implements InboundPackets, Capsules.Peer {
    static final long IDLE_SECONDS = 120;

    private final String listener;
    private final InetSocketAddress source;
    private final Optional<String> user;
    private final EventLoop loop;
    private final Destination destination;
    private final Capsules capsules = new Capsules(this);
    private @Nullable PacketFlow flow;
    private boolean used;

    ServerPackets(
            String listener, InetSocketAddress source, Optional<String> user, EventLoop loop, Destination destination) {
        this.listener = listener;
        this.source = source;
        this.user = user;
        this.loop = loop;
        this.destination = destination;
    }

    /** Answers the request and hands the association upward. */
    void start(FlowHandler handler, Channel stream) {
        stream.writeAndFlush(new DefaultHttp2HeadersFrame(
                new DefaultHttp2Headers().status("200").set("capsule-protocol", "?1"), false));
        PacketFlow taker = handler.packets(this);
        flow = taker;
        Future<?> watch = loop.scheduleWithFixedDelay(this::look, IDLE_SECONDS, IDLE_SECONDS, TimeUnit.SECONDS);
        stream.closeFuture().addListener(closed -> {
            watch.cancel(false);
            taker.close();
        });
        stream.pipeline().addLast(capsules);
    }

    private void look() {
        if (!used) {
            capsules.close();
        }
        used = false;
    }

    @Override
    public void receive(ByteBuf payload) {
        used = true;
        if (flow == null) {
            payload.release();
        } else {
            flow.receive(destination, payload);
        }
    }

    @Override
    public void ended(String why) {
        // its stream closes too, and that is what ends the association
    }

    @Override
    public void send(Destination from, ByteBuf payload) {
        used = true;
        capsules.send(payload);
    }

    @Override
    public void refuse(Destination to) {
        capsules.close();
    }

    @Override
    public void refuse(Failure failure) {
        capsules.close();
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
