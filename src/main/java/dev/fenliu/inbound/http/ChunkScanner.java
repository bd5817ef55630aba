package dev.fenliu.inbound.http;

import io.netty.buffer.ByteBuf;

/** A chunked body with its trailer section (RFC 9112 section 7.1), framing included in what passes. */
final class ChunkScanner implements Body {
    private static final int MAX_SIZE_DIGITS = 15;
    private static final int MAX_SIZE_LINE = 1 << 10;
    private static final int MAX_TRAILERS = 8 << 10;

    private enum State {
        SIZE,
        PADDING,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        LINE,
        TRAILER_NAME,
        TRAILER_VALUE,
        TRAILER_LF,
        LAST_LF,
        DONE
    }

    private final boolean strict;
    private State state = State.SIZE;
    private long left;
    private int digits;
    private int lineLength;
    private int trailers;

    /** @param strict for a request; responses may pad the size with spaces, as old servers do */
    ChunkScanner(boolean strict) {
        this.strict = strict;
    }

    @Override
    public boolean done() {
        return state == State.DONE;
    }

    @Override
    public int scan(ByteBuf in) throws Malformed {
        int at = in.readerIndex();
        int end = in.writerIndex();
        while (at < end && state != State.DONE) {
            if (state == State.DATA) {
                int count = (int) Math.min(left, end - at);
                left -= count;
                at += count;
                state = left == 0 ? State.DATA_CR : State.DATA;
            } else {
                state = next(in.getUnsignedByte(at++));
            }
        }
        return at - in.readerIndex();
    }

    private State next(int b) throws Malformed {
        return switch (state) {
            case SIZE -> size(b);
            case PADDING -> b == ' ' || b == '\t' ? limit(State.PADDING) : afterSize(b);
            case EXTENSION -> b == '\r' ? State.SIZE_LF : limit(text(b, State.EXTENSION));
            case SIZE_LF -> expect(b, '\n', left > 0 ? State.DATA : State.LINE);
            case DATA_CR -> expect(b, '\r', State.DATA_LF);
            case DATA_LF -> {
                digits = 0;
                lineLength = 0;
                yield expect(b, '\n', State.SIZE);
            }
            case LINE -> b == '\r' ? State.LAST_LF : trailerName(b, false);
            case TRAILER_NAME -> trailerName(b, true);
            case TRAILER_VALUE -> b == '\r' ? State.TRAILER_LF : trailer(text(b, State.TRAILER_VALUE));
            case TRAILER_LF -> expect(b, '\n', State.LINE);
            case LAST_LF -> expect(b, '\n', State.DONE);
            case DATA, DONE -> throw new IllegalStateException(state.name());
        };
    }

    private State size(int b) throws Malformed {
        int digit = b < 0x80 ? Character.digit(b, 16) : -1;
        if (digit < 0) {
            return afterSize(b);
        }
        if (++digits > MAX_SIZE_DIGITS) {
            throw new Malformed(400, "a chunk size of more than " + MAX_SIZE_DIGITS + " digits");
        }
        left = left << 4 | digit;
        return State.SIZE;
    }

    private State afterSize(int b) throws Malformed {
        if (digits > 0) {
            if (b == '\r') {
                return State.SIZE_LF;
            }
            if (b == ';') {
                return State.EXTENSION;
            }
            if (!strict && state == State.SIZE && (b == ' ' || b == '\t')) {
                return State.PADDING;
            }
        }
        throw new Malformed(400, "a chunk size that is not a hexadecimal number");
    }

    private State trailerName(int b, boolean started) throws Malformed {
        if (started && b == ':') {
            return trailer(State.TRAILER_VALUE);
        }
        if (!HttpHead.isTokenByte(b)) {
            throw new Malformed(400, "a trailer line that is no header field");
        }
        return trailer(State.TRAILER_NAME);
    }

    private State trailer(State same) throws Malformed {
        if (++trailers > MAX_TRAILERS) {
            throw new Malformed(431, "trailers of more than " + MAX_TRAILERS + " bytes");
        }
        return same;
    }

    private State limit(State same) throws Malformed {
        if (++lineLength > MAX_SIZE_LINE) {
            throw new Malformed(400, "a chunk extension of more than " + MAX_SIZE_LINE + " bytes");
        }
        return same;
    }

    private static State text(int b, State same) throws Malformed {
        if (b < 0x20 && b != '\t' || b == 0x7f) {
            throw new Malformed(400, "a control character between chunks");
        }
        return same;
    }

    private static State expect(int b, char wanted, State then) throws Malformed {
        if (b != wanted) {
            throw new Malformed(400, "a chunk that does not end where its size says");
        }
        return then;
    }
}
