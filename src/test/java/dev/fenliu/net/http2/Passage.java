package dev.fenliu.net.http2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Relay;
import dev.fenliu.net.Sockets;
import dev.fenliu.tunnel.Loopback;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A pool in front of a server whose streams are relayed to origins, without TLS, and ports that lead through both. */
final class Passage implements AutoCloseable {
    final Loopback here = new Loopback();

    /** The server's ends of connections, oldest first. */
    final List<Channel> connections = new CopyOnWriteArrayList<>();

    final Queue<Relay.Totals> served = new ConcurrentLinkedQueue<>();
    final Queue<Failure> failures = new ConcurrentLinkedQueue<>();

    /** Carries each stream to the origin that its request names. */
    int server() throws Exception {
        return listen(channel -> Http2Server.start(channel, false, stream -> {
            stream.pipeline().addLast(new Serving());
            stream.read();
        }));
    }

    int listen(Consumer<Channel> child) throws Exception {
        Channel listening = Sockets.server(here.loops(), Loopback.LOCAL, channel -> {
                    connections.add(channel);
                    child.accept(channel);
                })
                .bind(new InetSocketAddress(Loopback.LOCAL, 0))
                .sync()
                .channel();
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    Http2Pool pool(int server) {
        return new Http2Pool(loop -> here.direct.connect(Dial.own(Loopback.local(server), loop)), false);
    }

    /** A port whose connections go through the pool to {@code origin}; all of them on one event loop. */
    int port(Http2Pool pool, int origin) throws Exception {
        var loop = here.loops().next();
        Channel listening = Sockets.server(loop, Loopback.LOCAL, client -> {
                    Relay relay = Relay.hold(client);
                    ask(pool, client, origin).addListener((Future<Channel> opened) -> {
                        if (opened.isSuccess()) {
                            relay.join(opened.getNow());
                        } else {
                            failures.add((Failure) opened.cause());
                            client.close();
                        }
                    });
                })
                .childOption(ChannelOption.AUTO_READ, false)
                .bind(new InetSocketAddress(Loopback.LOCAL, 0))
                .sync()
                .channel();
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    static Socket connect(int port) throws Exception {
        Socket socket = new Socket(Loopback.LOCAL, port);
        socket.setSoTimeout(30_000);
        return socket;
    }

    private static Future<Channel> ask(Http2Pool pool, Channel client, int origin) {
        return pool.ask(client.eventLoop(), connect(Loopback.local(origin)), Passage::ok);
    }

    static Http2Headers connect(Destination origin) {
        return new DefaultHttp2Headers().method("CONNECT").authority(origin.toString());
    }

    static void ok(Http2Headers response) throws Failure {
        if (!"200".contentEquals(response.status())) {
            throw new Failure(Failure.Kind.HOST_UNREACHABLE, "status " + response.status());
        }
    }

    private final class Serving extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            Destination to = Destination.parse(
                    ((Http2HeadersFrame) message).headers().authority().toString());
            Channel stream = ctx.channel();
            stream.pipeline().remove(this);
            Relay relay = Relay.hold(stream);
            here.direct.connect(Dial.own(to, stream.eventLoop())).addListener((Future<Channel> done) -> {
                String status = done.isSuccess() ? "200" : "502";
                stream.writeAndFlush(
                        new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status(status), !done.isSuccess()));
                if (done.isSuccess()) {
                    relay.join(done.getNow()).addListener((Future<Relay.Totals> end) -> served.add(end.getNow()));
                } else {
                    stream.close();
                }
            });
        }
    }

    @Override
    public void close() throws Exception {
        here.close();
    }
}
