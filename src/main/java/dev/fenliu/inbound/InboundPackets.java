package dev.fenliu.inbound;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.Optional;

/** A client's UDP association, as the listener sees it; everything happens on {@link #loop()}. */
public interface InboundPackets {
    /** The name of the listener. */
    String listener();

    InetSocketAddress source();

    Optional<String> user();

    EventLoop loop();

    /** Sends a datagram to the client as coming from {@code from}; takes ownership; dropped when it cannot be written. */
    void send(Destination from, ByteBuf payload);

    /** Tells the client, where there is a way to, that nothing goes to {@code to}; the association goes on. */
    default void refuse(Destination to) {}

    /** Ends the association, so that the client notices and falls back. */
    void refuse(Failure failure);
}
