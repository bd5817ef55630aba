package dev.fenliu.inbound.http;

import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The origin's side of a client connection: sends requests through the {@link ExchangeChannel} of their origin, follows
 * the responses on their way to the client, and says what became of them. Confined to the client's event loop.
 */
final class OriginLink {
    private final Requests requests;
    private final Channel client;
    private final ListenerContext context;
    private final ResponseReader response = new ResponseReader();
    private Optional<String> user = Optional.empty();
    private @Nullable RequestHead request;
    private @Nullable ExchangeChannel exchange;

    OriginLink(Requests requests, Channel client, ListenerContext context) {
        this.requests = requests;
        this.client = client;
        this.context = context;
    }

    /** Sends a request's head to its origin: the last one if it is still there, otherwise by a new flow. */
    void send(RequestHead next, Optional<String> asker) {
        request = next;
        user = asker;
        response.expect(next);
        ByteBuf head = next.forOrigin(client.alloc());
        ExchangeChannel last = exchange;
        if (last != null && last.serves(next.target().destination(), asker)) {
            last.add(head);
            return;
        }
        if (last != null) {
            last.leave();
        }
        ExchangeChannel fresh = new ExchangeChannel(client, this, next.target().destination(), asker);
        exchange = fresh;
        fresh.register();
        fresh.add(head);
        Flow flow = context.flow(client, next.target().destination(), asker);
        context.handler().stream(new ExchangeStream(flow, fresh));
    }

    /** Sends more of the request; takes ownership. */
    void send(ByteBuf bytes) {
        if (exchange != null) {
            exchange.add(bytes);
        } else {
            bytes.release();
        }
    }

    /** Passes on what was sent, as far as the origin takes it. */
    void deliver() {
        if (exchange != null) {
            exchange.deliver();
        }
    }

    /** Whether there is an origin that bytes can be sent to. */
    boolean connected() {
        return exchange != null;
    }

    /** Whether the origin takes more of the client's bytes now. */
    boolean wantsBytes() {
        return exchange != null && exchange.wantsBytes();
    }

    /** Whether the last request is answered in full. */
    boolean complete() {
        return response.complete();
    }

    /** Whether the head of the answer to the last request went to the client. */
    boolean answered() {
        return response.answered();
    }

    /** Whether the answer left the connection usable. */
    boolean persistent() {
        return response.persistent();
    }

    /** The origin takes more of the client's bytes. */
    void demand() {
        requests.demand();
    }

    /** The client has ended its stream. */
    void endInput() {
        if (exchange != null) {
            exchange.endInput();
        }
    }

    /** The client's socket takes bytes again. */
    void resume() {
        if (exchange != null) {
            exchange.resume();
        }
    }

    /**
     * No more requests.
     *
     * @param clean whether all that were sent are whole
     */
    void close(boolean clean) {
        ExchangeChannel last = exchange;
        exchange = null;
        if (last != null && clean) {
            last.leave();
        } else if (last != null) {
            last.abandon();
        }
    }

    /** Bytes of the origin; borrowed. */
    void answer(ExchangeChannel from, ByteBuf bytes) {
        try {
            while (bytes.isReadable() && from.equals(exchange)) {
                ByteBuf part = response.read(bytes, client.alloc());
                if (part != null) {
                    client.write(part, client.voidPromise());
                }
                if (response.complete()) {
                    from.markUsed();
                    if (bytes.isReadable()) {
                        close(false); // what is that? the next response cannot be told from it
                    }
                    requests.responded();
                    return;
                }
            }
            if (response.raw()) {
                requests.switched();
            }
        } catch (Malformed e) {
            close(false);
            if (response.complete()) {
                requests.originGone();
            } else {
                lost(from, true, "http_protocol_error", "The origin sent " + e.text() + ".");
            }
        }
    }

    /** The origin has ended its stream. */
    void originEnded(ExchangeChannel from) {
        if (!from.equals(exchange)) {
            return;
        }
        if (response.raw()) {
            client.writeAndFlush(EndOfStream.INSTANCE);
            return;
        }
        boolean idle = response.complete();
        boolean complete = response.end();
        close(true);
        if (!complete) {
            lost(from, false, "http_response_incomplete", "The origin closed the connection before it had answered.");
        } else if (idle) {
            requests.originGone();
        } else {
            requests.responded();
        }
    }

    /**
     * The channel is closed.
     *
     * @param reset whether it ended badly
     */
    void exchangeClosed(ExchangeChannel from, boolean reset) {
        if (!from.equals(exchange)) {
            return;
        }
        if (response.raw()) {
            requests.cut(reset);
        } else if (!reset) {
            originEnded(from);
        } else {
            exchange = null;
            if (response.complete()) {
                requests.originGone();
            } else {
                lost(from, true, "connection_terminated", "The connection to the origin broke before it had answered.");
            }
        }
    }

    /** The flow that {@code from} is cannot be served. */
    void refused(ExchangeChannel from, Failure failure) {
        if (from.equals(exchange)) {
            exchange = null;
            requests.unanswered(Reply.of(failure));
        }
    }

    /**
     * The response under way will not come to its end. A request that a kept connection did not even begin to answer
     * is sent once more on a new one (RFC 9112 section 9.3.1).
     */
    private void lost(ExchangeChannel from, boolean reset, String error, String why) {
        RequestHead now = request;
        if (response.answered()) {
            requests.cut(reset);
        } else if (now != null && from.used() && !response.begun() && now.repeatable()) {
            send(now, user);
            requests.later();
        } else {
            requests.unanswered(Reply.ofOrigin(error, why));
        }
    }
}
