package dev.fenliu.inbound.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Follows an origin's bytes from response to response, so that it is known where each ends. */
final class ResponseReader {
    private enum State {
        IDLE,
        HEAD,
        BODY,
        RAW
    }

    private final HeadReader heads = HeadReader.responses();
    private State state = State.IDLE;
    private @Nullable RequestHead request;
    private @Nullable Body body;
    private boolean begun;
    private boolean answered;
    private boolean persistent;

    /** Waits for the response to {@code next}. */
    void expect(RequestHead next) {
        request = next;
        state = State.HEAD;
        body = null;
        begun = false;
        answered = false;
        persistent = false;
    }

    /** Whether any byte of a response to the last request came. */
    boolean begun() {
        return begun;
    }

    /** Whether the head of the final response went to the client. */
    boolean answered() {
        return answered;
    }

    /** Whether the last response is complete; also before the first request. */
    boolean complete() {
        return state == State.IDLE;
    }

    /** Whether the connection has changed to another protocol. */
    boolean raw() {
        return state == State.RAW;
    }

    /** Whether the connection can carry another request after the last response. */
    boolean persistent() {
        return persistent;
    }

    /** The origin has ended its stream: whether that completes the response. */
    boolean end() {
        if (body instanceof Body.UntilClose) {
            state = State.IDLE;
        }
        return complete();
    }

    /**
     * Consumes some of {@code in}, at most to the end of a response.
     *
     * @return what goes to the client, owned by the caller; null when a head is not yet complete
     * @throws Malformed if the bytes are no response, or if none is due
     */
    @Nullable
    ByteBuf read(ByteBuf in, ByteBufAllocator alloc) throws Malformed {
        RequestHead asked = request;
        if (state == State.IDLE || asked == null) {
            throw new Malformed(502, "bytes that no request asked for");
        }
        if (state == State.RAW) {
            return in.readRetainedSlice(in.readableBytes());
        }
        begun = true;
        if (state == State.HEAD) {
            String text = heads.read(in);
            return text == null ? null : head(ResponseHead.parse(text), asked).forClient(alloc);
        }
        Body rest = body;
        if (rest == null) {
            throw new IllegalStateException("a body before its head");
        }
        int count = rest.scan(in);
        if (rest.done()) {
            state = State.IDLE;
        }
        return in.readRetainedSlice(count);
    }

    private ResponseHead head(ResponseHead response, RequestHead asked) throws Malformed {
        Body framed = response.body(asked);
        if (response.interim()) {
            return response;
        }
        if (response.status() == 101) {
            if (!asked.upgrade()) {
                throw new Malformed(502, "another protocol that nobody asked for");
            }
            state = State.RAW;
        } else {
            body = framed;
            state = framed.done() ? State.IDLE : State.BODY;
        }
        persistent = response.keepAlive() && !(framed instanceof Body.UntilClose);
        answered = true;
        return response;
    }
}
