package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Deadline;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.QuicTls;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.outbound.Upstream;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelBootstrap;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.PortUnreachableException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** One attempt to get a connection to the server and to be taken by it. Confined to its event loop. */
final class Opening {
    private final EventLoop loop;
    private final Hysteria2Options options;
    private final QuicTls tls;
    private final Promise<Connection> result;
    private @Nullable QuicSslEngine engine;
    private @Nullable Connection connection;

    Opening(EventLoop loop, Hysteria2Options options, QuicTls tls) {
        this.loop = loop;
        this.options = options;
        this.tls = tls;
        this.result = loop.newPromise();
    }

    /** Starts it. A failed future holds a {@link Failure}. */
    Future<Connection> start(Dialer dialer) {
        Deadline deadline = Deadline.start(loop, TunnelContext.SERVER_TIMEOUT, () -> fail("did not answer in time"));
        result.addListener(done -> deadline.cancel());
        Future<Channel> opening = dialer.datagrams(Dial.own(first(), loop));
        result.addListener(done -> opening.cancel(false)); // too late for it, or no more than a no-op
        opening.addListener((Future<Channel> done) -> {
            if (!done.isSuccess()) {
                result.tryFailure(Upstream.down(done.cause()));
            } else if (result.isDone()) {
                done.getNow().close();
            } else {
                connect(done.getNow(), dialer);
            }
        });
        return result;
    }

    private Destination first() {
        return options.hopping()
                .map(hopping -> new Destination(options.server().host(), hopping.pick(ThreadLocalRandom.current())))
                .orElse(options.server());
    }

    private void fail(String why) {
        result.tryFailure(new Failure(Failure.Kind.TUNNEL_DOWN, options.server() + " " + why));
    }

    private void connect(Channel socket, Dialer dialer) {
        result.addListener(done -> {
            if (done.isSuccess()) { // not before: in a handshake nobody may change its address
                options.hopping()
                        .ifPresent(hopping -> socket.pipeline().addFirst(new Hops(dialer, options.server(), hopping)));
            } else {
                socket.close();
            }
        });
        boolean plain = socket instanceof DatagramChannel;
        if (plain) {
            Sockets.takeMany(socket, true);
        }
        options.obfs().ifPresent(key -> socket.pipeline().addLast(new Salamander(key)));
        Bursts bursts = new Bursts();
        socket.pipeline().addLast(new Signs()).addLast(bursts).addLast(codec());
        QuicChannelBootstrap bootstrap = QuicChannel.newBootstrap(socket)
                .remoteAddress(socket.remoteAddress())
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel quic) {
                        Connection made = new Connection(socket, quic, bursts);
                        connection = made;
                        quic.pipeline().addLast(new Refusal(), made, new Http3ClientConnectionHandler());
                        quic.closeFuture().addListener(closed -> socket.close());
                    }
                });
        if (plain) {
            bootstrap.option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, Settings.segments());
        }
        bootstrap.connect().addListener((Future<QuicChannel> done) -> {
            if (done.isSuccess()) {
                authenticate(done.getNow());
            } else {
                result.tryFailure(tls.failure(options.server(), engine, done.cause()));
                socket.close();
            }
        });
    }

    private ChannelHandler codec() {
        return Settings.apply(new QuicClientCodecBuilder())
                .sslEngineProvider(quic -> {
                    QuicSslEngine made = tls.engine(quic, options.server());
                    engine = made;
                    return made;
                })
                .build();
    }

    private void authenticate(QuicChannel quic) {
        quic.closeFuture().addListener(closed -> fail("closed the connection"));
        Http3.newRequestStream(quic, new Answer()).addListener((Future<QuicStreamChannel> done) -> {
            if (done.isSuccess()) {
                Http3Headers request = Authentication.request(options.password().value());
                done.getNow()
                        .writeAndFlush(new DefaultHttp3HeadersFrame(request))
                        .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
            } else {
                fail("takes no request: " + done.cause().getMessage());
            }
        });
    }

    private final class Answer extends Http3RequestStreamInboundHandler {
        @Override
        protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
            Connection made = connection;
            if (made == null || !Authentication.accepted(frame.headers())) {
                result.tryFailure(new Failure(
                        Failure.Kind.TUNNEL_PROTOCOL,
                        options.server() + " answered like a web site (status "
                                + frame.headers().status()
                                + "): it does not know the password, or is no Hysteria server"));
                ctx.channel().parent().close();
            } else if (!result.isDone()) {
                made.start(Authentication.carriesUdp(frame.headers()));
                result.trySuccess(made);
            }
        }

        @Override
        protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
            frame.release();
        }

        @Override
        protected void channelInputClosed(ChannelHandlerContext ctx) {
            ctx.close();
        }
    }

    /** The server's own words that it wants no connection; by itself QUIC lingers for seconds before it closes then. */
    private final class Refusal extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof QuicConnectionCloseEvent close) {
                fail("refused the connection: "
                        + (close.isTlsError()
                                ? "TLS alert " + QuicConnectionCloseEvent.extractTlsError(close.error())
                                : "error " + close.error()));
            }
            ctx.fireUserEventTriggered(event);
        }
    }

    /** What the socket tells: that the server lives, or that the system says it does not. */
    private final class Signs extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (connection != null) {
                connection.received();
            }
            ctx.fireChannelRead(msg);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (cause instanceof Failure failure) {
                result.tryFailure(failure);
            } else if (cause instanceof PortUnreachableException) {
                fail("cannot be reached: connection refused");
            }
            if (result.isSuccess() && connection != null) {
                connection.expect(); // anybody can send such a message
            }
        }
    }
}
