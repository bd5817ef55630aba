package dev.fenliu.interop;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Relay;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.tunnel.DirectDialer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.TimeUnit;

/** What stands around an outbound under test: event loops, a dialer for addresses, and ports that lead through it. */
final class Passage implements AutoCloseable {
    static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

    final EventLoopGroup loops = Sockets.loops(2);

    final Dialer dialer = new DirectDialer();

    TunnelContext context() {
        return new TunnelContext(dialer, (name, loop) -> {
            throw new AssertionError("a tunnel resolves no origin: " + name);
        });
    }

    Dial dial(Destination destination) {
        return new Dial(destination, loops.next(), 1, Dial.Guard.NONE);
    }

    /** Connects, then closes at once; the failure, or null. */
    Failure attempt(Outbound outbound, Destination destination) throws Exception {
        Future<Channel> opening = outbound.connect(dial(destination));
        if (opening.await(20, TimeUnit.SECONDS) && opening.isSuccess()) {
            opening.getNow().close();
            return null;
        }
        return (Failure) opening.cause();
    }

    /** A port that carries each connection through {@code outbound} to {@code destination}. */
    int port(Outbound outbound, Destination destination) throws Exception {
        Channel listener = Sockets.server(loops, LOCAL, client -> {
                    Relay relay = Relay.hold(client);
                    Dial dial = new Dial(destination, client.eventLoop(), 1, Dial.Guard.NONE);
                    outbound.connect(dial).addListener((Future<Channel> opened) -> {
                        if (opened.isSuccess()) {
                            relay.join(opened.getNow());
                        } else {
                            client.close();
                        }
                    });
                })
                .childOption(ChannelOption.AUTO_READ, false)
                .bind(new InetSocketAddress(LOCAL, 0))
                .sync()
                .channel();
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** A client's connection through {@code outbound}. */
    Socket connect(Outbound outbound, Destination destination) throws Exception {
        return client(port(outbound, destination));
    }

    static Socket client(int port) throws Exception {
        Socket socket = new Socket(LOCAL, port);
        socket.setSoTimeout(30_000);
        return socket;
    }

    @Override
    public void close() throws Exception {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
}
