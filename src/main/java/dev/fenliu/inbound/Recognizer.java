package dev.fenliu.inbound;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/** One protocol of a port that speaks several; the port asks them in order. Safe for concurrent use. */
public interface Recognizer {
    /** What the first bytes say. */
    enum Match {
        YES,
        NO,
        /** Too few bytes to tell. */
        MORE
    }

    /** Looks at the first bytes, at least one, without moving their reader index. */
    Match recognise(ByteBuf first);

    /** Puts the protocol's handshake at the end of the client's pipeline, on its event loop. */
    void install(Channel client);
}
