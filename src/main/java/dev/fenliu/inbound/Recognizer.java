package dev.fenliu.inbound;

import io.netty.buffer.ByteBuf;

/** A protocol that can be told from others by its first bytes. */
public interface Recognizer extends Acceptor {
    /** What the first bytes say. */
    enum Match {
        YES,
        NO,
        /** Too few bytes to tell. */
        MORE
    }

    /** Looks at the first bytes, at least one, without moving their reader index. */
    Match recognise(ByteBuf first);
}
