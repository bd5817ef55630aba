package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.EndOfStream;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http3.DefaultHttp3UnknownFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicDatagramExtensionEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a server at the client end, with the flows that it carries. A server that says nothing for 2.5 seconds
 * when it should is gone: when a flow asks it something, and else when it is asked because 2.5 to 5 seconds have brought
 * nothing. Confined to its event loop.
 */
final class Connection extends ChannelInboundHandlerAdapter {
    private static final long LOOK_MILLIS = 2_500;

    /** Without flows it is asked so seldom, for the sake of what remembers the way of its packets. */
    private static final long QUIET_MILLIS = 10_000;

    private static final long DOUBT_MILLIS = 1_000;
    private static final long DEAD_MILLIS = 1_500;

    /** Kept so long without a flow, lest the next one wait for a handshake. */
    private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(2);

    /** Netty remembers streams that were broken off for as long as their connection lives. */
    private static final int MOST_STREAMS = 16_384;

    /** A frame that has no meaning (RFC 9114 section 7.2.8); QUIC wants it acknowledged. */
    private static final long RESERVED_FRAME = 0x40;

    private final Channel socket;
    private final QuicChannel quic;
    private final Bursts bursts;
    private final Datagrams datagrams;
    private final Map<Integer, ClientPackets> sessions = new HashMap<>();
    private boolean carriesUdp;
    private int streams;
    private int opened;
    private int sessionNumber;
    private long received;
    private long used;
    private boolean dead;
    private @Nullable ScheduledFuture<?> look;
    private @Nullable ScheduledFuture<?> doubt;

    /** @param bursts of the socket */
    Connection(Channel socket, QuicChannel quic, Bursts bursts) {
        this.socket = socket;
        this.quic = quic;
        this.bursts = bursts;
        this.datagrams = new Datagrams(quic);
    }

    /** The server has taken us. */
    void start(boolean udp) {
        carriesUdp = udp;
        received = now();
        used = received;
        look = quic.eventLoop().scheduleAtFixedRate(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Something has come from the server. */
    void received() {
        received = now();
    }

    boolean isDead() {
        return dead || !quic.isOpen();
    }

    /** Whether a new flow should go here. */
    boolean takesMore() {
        return !isDead() && opened < MOST_STREAMS && quic.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0;
    }

    boolean carriesUdp() {
        return carriesUdp && datagrams.wanted();
    }

    /** Opens a stream to {@code destination}; {@code result} gets it when the server has answered, or a failure. */
    void open(Destination destination, Promise<Channel> result) {
        opened++;
        streams++;
        quic.newStreamBootstrap()
                .type(QuicStreamType.BIDIRECTIONAL)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.RECVBUF_ALLOCATOR, Sockets.READS)
                .handler(new EndOfStream.OfQuicStream())
                .create()
                .addListener((Future<QuicStreamChannel> created) -> {
                    if (!created.isSuccess()) {
                        closed();
                        result.tryFailure(new Failure(
                                Failure.Kind.TUNNEL_DOWN,
                                "no stream: " + created.cause().getMessage()));
                        return;
                    }
                    QuicStreamChannel stream = created.getNow();
                    stream.pipeline().addFirst(bursts.stream());
                    stream.closeFuture().addListener(closed -> closed());
                    long asked = now();
                    stream.pipeline().addLast(new ClientStream(destination, () -> received - asked > 0, result));
                    expect();
                });
    }

    private void closed() {
        streams--;
        used = now();
    }

    /** Opens a UDP session. */
    ClientPackets packets(PacketSink sink) {
        ClientPackets packets = new ClientPackets(++sessionNumber, datagrams, sink, ended -> {
            sessions.remove(ended.session());
            used = now();
        });
        sessions.put(packets.session(), packets);
        return packets;
    }

    /** Something will come from a server that is there; asks it again on the way. */
    void expect() {
        if (doubt != null) {
            return;
        }
        long since = now();
        doubt = quic.eventLoop()
                .schedule(
                        () -> {
                            doubt = null;
                            if (received - since < 0) {
                                ping();
                                doubt = quic.eventLoop()
                                        .schedule(() -> judge(since), DEAD_MILLIS, TimeUnit.MILLISECONDS);
                            }
                        },
                        DOUBT_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    private void judge(long since) {
        doubt = null;
        if (received - since < 0) {
            end(new Failure(Failure.Kind.TUNNEL_DOWN, "the server has fallen silent"));
        }
    }

    private void look() {
        long now = now();
        boolean idle = streams == 0 && sessions.isEmpty();
        if (idle && now - used > KEPT_NANOS) {
            quic.close(true, Settings.NO_ERROR, Unpooled.EMPTY_BUFFER);
            return;
        }
        long silence = idle ? QUIET_MILLIS : LOOK_MILLIS;
        if (now - received > TimeUnit.MILLISECONDS.toNanos(silence)) {
            ping();
            expect();
        }
    }

    private void ping() {
        QuicStreamChannel control = Http3.getLocalControlStream(quic);
        if (control != null) {
            control.writeAndFlush(new DefaultHttp3UnknownFrame(RESERVED_FRAME, Unpooled.EMPTY_BUFFER));
        }
    }

    private long now() {
        return quic.eventLoop().ticker().nanoTime();
    }

    /** Ends it at once, and all that it carries. */
    private void end(Failure why) {
        dead = true;
        List.copyOf(sessions.values()).forEach(session -> session.lost(why));
        socket.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof ByteBuf bytes)) {
            ctx.fireChannelRead(msg); // a stream, for HTTP/3
            return;
        }
        try {
            UdpMessage message = UdpMessage.decode(bytes);
            ClientPackets session = message == null ? null : sessions.get(message.session());
            if (message != null && session != null) {
                session.receive(message);
            }
        } finally {
            bytes.release();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof QuicDatagramExtensionEvent extension) {
            datagrams.limit(extension.maxLength());
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (look != null) {
            look.cancel(false);
        }
        if (doubt != null) {
            doubt.cancel(false);
        }
        end(new Failure(Failure.Kind.TUNNEL_DOWN, "the connection to the server was lost"));
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // Of a datagram that could not be sent, or of a connection that closes and says so.
    }
}
