package dev.fenliu.inbound;

import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import io.netty.channel.Channel;

/** A client stream whose handshake is over but not yet answered. Exactly one of the two answers must be called, once. */
public interface InboundStream {
    Flow flow();

    /** The client's channel; payload bytes only once the handshake has removed itself. */
    Channel channel();

    /** Whether the client sends payload before it has an answer. */
    default boolean speaksFirst() {
        return false;
    }

    /** Answers yes; afterwards the channel carries payload bytes only. */
    void accept();

    /** Answers no in the client's protocol and closes. */
    void refuse(Failure failure);
}
