package dev.fenliu.e2e;

import dev.fenliu.net.TestCertificates;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.http3.Http3ServerConnectionHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Both ends of HTTP/3 as Netty has them, each to be run on one of the machines of a {@link Village}: {@code serve
 * PORT ADDRESS...} answers with the address that it sees, and says it too; {@code ask} takes {@code ADDRESS PORT NAME}
 * any number of times and asks each once; {@code watch} asks each again and again over one connection, and over another
 * when that one ends. A line for each answer.
 */
final class Http3 {
    private static final int SILENCE_SECONDS = 4;
    private static final int PAUSE_MILLIS = 200;

    private static final EventLoopGroup LOOPS =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("http3", true), NioIoHandler.newFactory());

    private Http3() {}

    /** The command line of one of the two ends. */
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Http3.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    public static void main(String... arguments) throws Exception {
        if (arguments[0].equals("serve")) {
            for (int i = 2; i < arguments.length; i++) {
                serve(address(arguments[i], arguments[1]));
            }
            say("ready");
            Thread.currentThread().join();
        }
        List<Thread> watches = new ArrayList<>();
        for (int i = 1; i < arguments.length; i += 3) {
            Target target = new Target(address(arguments[i], arguments[i + 1]), arguments[i + 2]);
            if (arguments[0].equals("ask")) {
                say(target.ask());
            } else {
                watches.add(new Thread(target::watch));
            }
        }
        watches.forEach(Thread::start);
    }

    private static InetSocketAddress address(String address, String port) throws Exception {
        return new InetSocketAddress(InetAddress.getByName(address), Integer.parseInt(port));
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static void serve(InetSocketAddress address) throws Exception {
        QuicSslContext tls = QuicSslContextBuilder.forServer(
                        TestCertificates.path("server.key").toFile(),
                        null,
                        TestCertificates.path("server.pem").toFile())
                .applicationProtocols(io.netty.handler.codec.http3.Http3.supportedApplicationProtocols())
                .build();
        ChannelHandler codec = io.netty.handler.codec.http3.Http3.newQuicServerCodecBuilder()
                .sslContext(tls)
                .maxIdleTimeout(SILENCE_SECONDS, TimeUnit.SECONDS)
                .initialMaxData(1 << 20)
                .initialMaxStreamDataBidirectionalRemote(1 << 16)
                .initialMaxStreamsBidirectional(1 << 16)
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel connection) {
                        connection.pipeline().addLast(new Http3ServerConnectionHandler(new Answers()));
                    }
                })
                .build();
        new Bootstrap()
                .group(LOOPS)
                .channel(NioDatagramChannel.class)
                .handler(codec)
                .bind(address)
                .sync();
    }

    private static final class Answers extends ChannelInitializer<QuicStreamChannel> {
        @Override
        protected void initChannel(QuicStreamChannel stream) {
            stream.pipeline().addLast(new Http3RequestStreamInboundHandler() {
                private String name = "";

                @Override
                protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
                    name = String.valueOf(frame.headers().authority());
                }

                @Override
                protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
                    frame.release();
                }

                @Override
                protected void channelInputClosed(ChannelHandlerContext ctx) {
                    InetSocketAddress peer = (InetSocketAddress) stream.parent().remoteSocketAddress();
                    String text = "seen " + text(peer.getAddress()) + " for " + name;
                    say(text);
                    DefaultHttp3HeadersFrame head = new DefaultHttp3HeadersFrame();
                    head.headers().status("200").set("content-type", "text/plain");
                    ctx.write(head);
                    ctx.writeAndFlush(new DefaultHttp3DataFrame(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8)))
                            .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
                }
            });
        }
    }

    private static String text(InetAddress address) {
        return dev.fenliu.model.Addresses.text(address);
    }

    /** One server that is asked, by an address and a name that the client has found by itself. */
    private record Target(InetSocketAddress address, String name) {
        /** One answer, or why there is none. */
        String ask() throws Exception {
            try (Connection connection = new Connection(this)) {
                return connection.ask();
            } catch (ExecutionException e) {
                return "none: " + e.getCause().getClass().getSimpleName();
            } catch (TimeoutException e) {
                return "none: timed out";
            }
        }

        void watch() {
            String about = text(address.getAddress()) + " ";
            while (true) {
                try (Connection connection = new Connection(this)) {
                    say(about + "connected");
                    while (true) {
                        say(about + connection.ask());
                        Thread.sleep(PAUSE_MILLIS);
                    }
                } catch (Exception e) {
                    say(about + "lost: " + e);
                }
            }
        }
    }

    private static final class Connection implements AutoCloseable {
        private final Target target;
        /** Fails when the connection does, or the system says that nobody is there. */
        private final CompletableFuture<QuicChannel> open = new CompletableFuture<>();

        private final CompletableFuture<Void> broken = new CompletableFuture<>();
        private final Channel socket;

        Connection(Target target) throws Exception {
            this.target = target;
            QuicSslContext tls = QuicSslContextBuilder.forClient()
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .applicationProtocols(io.netty.handler.codec.http3.Http3.supportedApplicationProtocols())
                    .build();
            ChannelHandler codec = io.netty.handler.codec.http3.Http3.newQuicClientCodecBuilder()
                    .sslEngineProvider(
                            connection -> tls.newEngine(connection.alloc(), target.name, target.address.getPort()))
                    .maxIdleTimeout(SILENCE_SECONDS, TimeUnit.SECONDS)
                    .initialMaxData(1 << 20)
                    .initialMaxStreamDataBidirectionalLocal(1 << 16)
                    .build();
            socket = new Bootstrap()
                    .group(LOOPS)
                    .channel(NioDatagramChannel.class)
                    .handler(new ChannelInitializer<NioDatagramChannel>() {
                        @Override
                        protected void initChannel(NioDatagramChannel channel) {
                            channel.pipeline().addLast(codec, new Troubles());
                        }
                    })
                    .connect(target.address)
                    .sync()
                    .channel();
            QuicChannel.newBootstrap(socket)
                    .handler(new Http3ClientConnectionHandler())
                    .remoteAddress(target.address)
                    .connect()
                    .addListener((io.netty.util.concurrent.Future<QuicChannel> done) -> {
                        if (done.isSuccess()) {
                            open.complete(done.getNow());
                            done.getNow().closeFuture().addListener(closed -> fail(new java.io.EOFException("closed")));
                        } else {
                            fail(done.cause());
                        }
                    });
        }

        private void fail(Throwable cause) {
            open.completeExceptionally(cause);
            broken.completeExceptionally(cause);
        }

        private final class Troubles extends ChannelInboundHandlerAdapter {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                fail(cause);
            }
        }

        String ask() throws Exception {
            QuicChannel connection = open.get(2 * SILENCE_SECONDS, TimeUnit.SECONDS);
            CompletableFuture<String> answer = new CompletableFuture<>();
            broken.whenComplete((nothing, why) -> answer.completeExceptionally(why));
            QuicStreamChannel stream = io.netty.handler.codec.http3.Http3.newRequestStream(
                            connection, new Answer(answer))
                    .sync()
                    .getNow();
            DefaultHttp3HeadersFrame head = new DefaultHttp3HeadersFrame();
            head.headers().method("GET").scheme("https").authority(target.name).path("/");
            stream.writeAndFlush(head).addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
            return answer.get(2 * SILENCE_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    private static final class Answer extends Http3RequestStreamInboundHandler {
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<String> answer;

        Answer(CompletableFuture<String> answer) {
            this.answer = answer;
        }

        @Override
        protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {}

        @Override
        protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
            text.append(frame.content().toString(StandardCharsets.UTF_8));
            frame.release();
        }

        @Override
        protected void channelInputClosed(ChannelHandlerContext ctx) {
            answer.complete(text.toString());
        }
    }
}
