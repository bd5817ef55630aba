package dev.fenliu.tunnel.socks5;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.SocksAddress;
import dev.fenliu.outbound.Login;
import dev.fenliu.outbound.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A UDP association (RFC 1928 section 7): a TCP connection whose end is its end, and datagrams with a header to and
 * from the relay that the server named. Confined to the loop of the dial; copies each datagram to send once, to put the
 * header in front.
 */
final class Socks5Packets extends ChannelInboundHandlerAdapter implements PacketTunnel, PacketSink {
    private static final int HEADER = 3 + SocksAddress.MAX_BYTES;

    private final Upstream upstream;
    private final Channel control;
    private final Destination relay;
    private final PacketSink sink;
    private @Nullable PacketTunnel datagrams;
    private boolean over;

    private Socks5Packets(Upstream upstream, Channel control, Destination relay, PacketSink sink) {
        this.upstream = upstream;
        this.control = control;
        this.relay = relay;
        this.sink = sink;
    }

    static Future<PacketTunnel> open(Upstream upstream, Optional<Login> login, Dial dial, PacketSink sink) {
        Promise<PacketTunnel> result = dial.loop().newPromise();
        Socks5Negotiation negotiation = Socks5Negotiation.associate(upstream.server(), login);
        Future<Channel> opening = upstream.open(dial, negotiation);
        result.addListener(done -> opening.cancel(false)); // by now no more than a no-op unless the caller gave up
        opening.addListener(opened -> {
            if (!opened.isSuccess()) {
                result.tryFailure(Failure.of(opened.cause()));
                return;
            }
            try {
                Destination relay = negotiation.relay(upstream.server());
                new Socks5Packets(upstream, opening.getNow(), relay, sink).start(dial, result);
            } catch (Failure failure) {
                opening.getNow().close();
                result.tryFailure(upstream.named(failure));
            }
        });
        return result;
    }

    private void start(Dial dial, Promise<PacketTunnel> result) {
        control.pipeline().addLast(this);
        control.read();
        Future<PacketTunnel> opening = upstream.dialer().openPackets(dial.to(relay), this);
        opening.addListener(opened -> {
            if (!opened.isSuccess()) {
                close();
                result.tryFailure(upstream.named(Failure.of(opened.cause())));
                return;
            }
            datagrams = opening.getNow();
            if (over) {
                datagrams.close();
                result.tryFailure(ended());
            } else if (!result.trySuccess(this)) {
                close();
            }
        });
    }

    @Override
    public void send(Destination to, ByteBuf payload) {
        if (over || datagrams == null) {
            payload.release();
            return;
        }
        ByteBuf datagram = control.alloc().buffer(HEADER + payload.readableBytes());
        datagram.writeMedium(0); // reserved, and fragment 0: a whole datagram
        SocksAddress.write(to, datagram);
        datagram.writeBytes(payload);
        payload.release();
        datagrams.send(relay, datagram);
    }

    @Override
    public void receive(Destination from, ByteBuf datagram) {
        Destination origin = over || !isRelay(from) ? null : origin(datagram);
        if (origin == null) {
            datagram.release();
        } else {
            sink.receive(origin, datagram);
        }
    }

    /** Strangers can send to our port too. A relay that is known by name may answer from any of its addresses. */
    private boolean isRelay(Destination from) {
        return from.port() == relay.port()
                && (relay.host() instanceof Host.Name || from.host().equals(relay.host()));
    }

    /** Reads the header of a datagram from the relay; null when it is malformed or a fragment. */
    static @Nullable Destination origin(ByteBuf datagram) {
        if (datagram.readableBytes() < 4) {
            return null;
        }
        datagram.skipBytes(2);
        boolean fragment = datagram.readByte() != 0;
        return fragment || SocksAddress.length(datagram, datagram.readerIndex()) <= 0
                ? null
                : SocksAddress.read(datagram);
    }

    /** The way to the relay is gone. */
    @Override
    public void closed(Failure why) {
        end(upstream.named(why));
    }

    @Override
    public void close() {
        over = true;
        control.close();
        if (datagrams != null) {
            datagrams.close();
        }
    }

    private void end(Failure why) {
        if (!over) {
            boolean known = datagrams != null; // before that, the future tells
            close();
            if (known) {
                sink.closed(why);
            }
        }
    }

    private Failure ended() {
        return upstream.named(new Failure(Failure.Kind.TUNNEL_DOWN, "the upstream ended the UDP association"));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message); // nothing is to come here
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            end(ended());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end(ended());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        end(ended());
    }
}
