package dev.fenliu.inbound.http;

import io.netty.buffer.ByteBuf;

/** Finds where a message's body ends (RFC 9112 section 6.3); the bytes themselves pass untouched. */
interface Body {
    /**
     * How many of the readable bytes belong to the body. Does not move the reader index; the bytes counted must not be
     * shown again.
     */
    int scan(ByteBuf in) throws Malformed;

    /** Whether the body is complete. */
    boolean done();

    /** A body of a known length in bytes. */
    final class Fixed implements Body {
        private long left;

        Fixed(long length) {
            this.left = length;
        }

        @Override
        public int scan(ByteBuf in) {
            int count = (int) Math.min(left, in.readableBytes());
            left -= count;
            return count;
        }

        @Override
        public boolean done() {
            return left == 0;
        }
    }

    /** A body that the end of the connection ends. */
    final class UntilClose implements Body {
        @Override
        public int scan(ByteBuf in) {
            return in.readableBytes();
        }

        @Override
        public boolean done() {
            return false;
        }
    }
}
