package dev.fenliu.inbound.http;

import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.Users;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection to the HTTP proxy, request by request: a CONNECT request hands the socket on, any other becomes
 * input of the {@link ExchangeChannel} of its origin, and the next one is looked at when it is answered. Reads the
 * socket on demand only, so at most one read is kept. Confined to the client's event loop.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);
    private static final long HEAD_SECONDS = 10;

    private enum State {
        /** Between requests, or in the head of one. */
        HEAD,
        /** A request is under way: its body, its response, or both. */
        ROUND,
        /** Another protocol took over. */
        RAW,
        OVER
    }

    private final Channel client;
    private final ListenerContext context;
    private final Users users;
    private final boolean local;
    private final HeadReader heads = HeadReader.requests();
    private final ResponseReader response = new ResponseReader();
    private final Queue<ByteBuf> pending = new ArrayDeque<>(1);
    private State state = State.HEAD;
    private @Nullable Round round;
    private @Nullable ExchangeChannel exchange;
    private @Nullable ScheduledFuture<?> headTimer;
    private boolean clientEnded;

    /** The request under way. */
    private record Round(RequestHead request, Optional<String> user, Body body) {}

    HttpConnection(Channel client, ListenerContext context, Users users) {
        this.client = client;
        this.context = context;
        this.users = users;
        this.local = source().getAddress().isLoopbackAddress();
    }

    private InetSocketAddress source() {
        return (InetSocketAddress) client.remoteAddress();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        // From here on the socket is read on demand only; Relay does the same with the streams that it holds.
        client.config().setOption(ChannelOption.AUTO_READ, false);
        if (client.isActive()) {
            client.read();
        }
    }

    // ---- bytes of the client ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        pending.add((ByteBuf) message);
        process();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        demand();
    }

    private void process() {
        try {
            for (ByteBuf in; (in = pending.peek()) != null && consume(in); ) {
                discardRead();
            }
        } catch (Malformed e) {
            reject(e);
        }
        if (exchange != null) {
            exchange.deliver();
        }
        if (clientEnded && pending.isEmpty()) {
            inputEnded();
        }
        watchHead();
        demand();
    }

    private void discardRead() {
        ByteBuf first = pending.peek();
        if (first != null && !first.isReadable()) {
            pending.remove().release();
        }
    }

    /** Takes some of {@code in}; false when nothing can be taken now. */
    private boolean consume(ByteBuf in) throws Malformed {
        Round now = round;
        ExchangeChannel to = exchange;
        if (state == State.HEAD) {
            String text = heads.read(in);
            if (text != null) {
                start(RequestHead.parse(text));
            }
            return true;
        }
        if (state == State.OVER
                || now == null
                || to == null
                || state == State.ROUND && now.body().done()) {
            return false;
        }
        int count = state == State.RAW ? in.readableBytes() : now.body().scan(in);
        to.add(in.readRetainedSlice(count));
        if (state == State.ROUND && now.body().done() && response.complete()) {
            roundOver(now);
        }
        return true;
    }

    private void start(RequestHead request) {
        stopHeadTimer();
        Optional<String> user = Optional.empty();
        if (users.required()) {
            user = Optional.ofNullable(BasicLogin.user(request.head(), users));
            if (user.isEmpty()) {
                reply(Reply.LOGIN, request);
                return;
            }
        }
        HandshakeDeadline.over(client);
        if (request.connect()) {
            tunnel(request, user);
        } else {
            round = new Round(request, user, request.body());
            state = State.ROUND;
            send(round);
        }
    }

    private void tunnel(RequestHead request, Optional<String> user) {
        state = State.OVER;
        if (exchange != null) {
            exchange.leave();
            exchange = null;
        }
        context.handler().stream(new ConnectStream(flow(request, user), client, request));
        client.pipeline().remove(this);
    }

    /** Hands on to the tunnel what came after its request. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        for (ByteBuf bytes; (bytes = pending.poll()) != null; ) {
            if (bytes.isReadable() && client.isActive()) {
                ctx.fireChannelRead(bytes);
            } else {
                bytes.release();
            }
        }
        if (client.isActive()) {
            ctx.fireChannelReadComplete();
            if (clientEnded) {
                ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            }
        }
    }

    /** Sends the head on, through the exchange with its origin or a new one. */
    private void send(Round now) {
        RequestHead request = now.request();
        response.expect(request);
        ByteBuf head = request.forOrigin(client.alloc());
        ExchangeChannel last = exchange;
        if (last != null && last.serves(request.target().destination(), now.user())) {
            last.add(head);
            return;
        }
        if (last != null) {
            last.leave();
        }
        ExchangeChannel fresh =
                new ExchangeChannel(client, this, request.target().destination(), now.user());
        exchange = fresh;
        fresh.register();
        fresh.add(head);
        context.handler().stream(new ExchangeStream(flow(request, now.user()), fresh));
    }

    private Flow flow(RequestHead request, Optional<String> user) {
        return new Flow(
                context.handler().nextId(),
                Transport.TCP,
                context.settings().name(),
                source(),
                request.target().destination(),
                user);
    }

    /** Reads the socket if there is anything to do with what comes. */
    void demand() {
        boolean wanted = switch (state) {
            case HEAD -> true;
            case ROUND ->
                round != null && round.body().done()
                        ? pending.isEmpty() // one read ahead shows a client that leaves
                        : exchange != null && exchange.wantsBytes();
            case RAW -> exchange != null && exchange.wantsBytes();
            case OVER -> false;
        };
        if (wanted && !clientEnded) {
            client.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            clientEnded = true;
            if (pending.isEmpty()) {
                inputEnded();
            }
        }
    }

    /** The client has ended its stream, and all its bytes have been taken. */
    private void inputEnded() {
        switch (state) {
            case HEAD -> finish();
            case ROUND -> {
                if (round != null && !round.body().done()) {
                    cut(false); // half a request
                } else if (exchange != null) {
                    exchange.endInput();
                }
            }
            case RAW -> {
                if (exchange != null) {
                    exchange.endInput();
                }
            }
            case OVER -> {}
        }
    }

    // ---- what the exchange says ----

    /** Bytes of the origin; borrowed. */
    void answer(ExchangeChannel from, ByteBuf bytes) {
        try {
            while (bytes.isReadable() && from.equals(exchange)) {
                ByteBuf part = response.read(bytes, client.alloc());
                if (part != null) {
                    client.write(part, client.voidPromise());
                }
                if (response.complete()) {
                    responded(from, bytes.isReadable());
                    return;
                }
            }
            if (response.raw()
                    && state == State.ROUND
                    && round != null
                    && round.body().done()) {
                state = State.RAW;
                later();
            }
        } catch (Malformed e) {
            boolean idle = response.complete();
            drop(from);
            if (!idle) {
                lost(from, true, Reply.ofOrigin("http_protocol_error", "The origin sent " + e.text() + "."));
            } else if (state == State.ROUND) {
                finish();
            }
        }
    }

    /** @param more whether the origin sent bytes after its response, and so cannot be followed any longer */
    private void responded(ExchangeChannel from, boolean more) {
        Round now = round;
        if (more) {
            drop(from);
        }
        if (now != null && (now.body().done() || more)) {
            roundOver(now);
        }
    }

    private void roundOver(Round now) {
        round = null;
        if (exchange != null) {
            exchange.markUsed();
        }
        if (now.body().done() && now.request().keepAlive() && response.persistent()) {
            state = State.HEAD;
            later();
        } else {
            finish();
        }
    }

    /** The origin has ended its stream. */
    void originEnded(ExchangeChannel from) {
        if (!from.equals(exchange)) {
            return;
        }
        if (state == State.RAW) {
            client.writeAndFlush(EndOfStream.INSTANCE);
            return;
        }
        boolean idle = response.complete();
        boolean complete = response.end();
        exchange = null;
        from.leave();
        Round now = round;
        if (!complete) {
            lost(
                    from,
                    false,
                    Reply.ofOrigin(
                            "http_response_incomplete",
                            "The origin closed the connection before its answer was complete."));
        } else if (!idle && now != null) {
            roundOver(now);
        } else if (state == State.ROUND) {
            finish(); // answered early; the rest of the request has nowhere to go
        }
    }

    /**
     * The exchange is no more.
     *
     * @param reset whether it ended badly
     */
    void exchangeClosed(ExchangeChannel from, boolean reset) {
        if (!from.equals(exchange)) {
            return;
        }
        if (!reset && state != State.RAW) {
            originEnded(from);
            return;
        }
        exchange = null;
        if (state == State.RAW) {
            cut(reset);
        } else if (!response.complete()) {
            lost(
                    from,
                    true,
                    Reply.ofOrigin("connection_terminated", "The origin broke the connection before it answered."));
        } else if (state == State.ROUND) {
            finish();
        }
    }

    /** The engine refuses the flow that {@code from} is. */
    void refused(ExchangeChannel from, Failure failure) {
        if (from.equals(exchange) && round != null) {
            exchange = null;
            reply(Reply.of(failure), round.request());
        }
    }

    /**
     * The response under way will not come to its end. A request that a kept connection did not even begin to answer
     * is sent once more on a new one (RFC 9112 section 9.3.1).
     */
    private void lost(ExchangeChannel from, boolean reset, Reply instead) {
        Round now = round;
        if (now == null) {
            return;
        }
        if (response.answered()) {
            cut(reset);
        } else if (from.used() && !response.begun() && now.request().repeatable()) {
            send(now);
            later();
        } else {
            reply(instead, now.request());
        }
    }

    // ---- ends ----

    /** Answers a request ourselves; the connection stays if nothing of the request is left to come. */
    private void reply(Reply reply, RequestHead request) {
        boolean keep = request.keepAlive() && !request.hasBody();
        client.writeAndFlush(reply.encode(client.alloc(), request, !keep, local));
        round = null;
        if (keep) {
            state = State.HEAD;
            later();
        } else {
            finish();
        }
    }

    private void reject(Malformed e) {
        if (state == State.HEAD || state == State.ROUND && !response.answered()) {
            client.write(Reply.of(e).encode(client.alloc(), null, true, local));
            finish();
        } else {
            cut(false);
        }
    }

    /** No more requests: our stream ends after what was written. */
    private void finish() {
        boolean clean = round == null || round.body().done();
        over(clean);
        Drain.start(client, clientEnded);
    }

    /** A message stays incomplete, and must not look whole to whoever gets it. */
    private void cut(boolean reset) {
        over(false);
        if (reset) {
            client.config().setOption(ChannelOption.SO_LINGER, 0);
            client.close();
        } else {
            client.writeAndFlush(client.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void drop(ExchangeChannel from) {
        exchange = null;
        from.abandon();
    }

    private void over(boolean clean) {
        state = State.OVER;
        round = null;
        stopHeadTimer();
        for (ByteBuf bytes; (bytes = pending.poll()) != null; ) {
            bytes.release();
        }
        ExchangeChannel last = exchange;
        exchange = null;
        if (last != null && clean) {
            last.leave();
        } else if (last != null) {
            last.abandon();
        }
    }

    /** Goes on with what the client sent meanwhile, but not from inside a write of the exchange. */
    private void later() {
        if (pending.isEmpty() && !clientEnded) {
            demand();
        } else {
            client.eventLoop().execute(this::process);
        }
    }

    private void watchHead() {
        if (headTimer == null && state == State.HEAD && heads.started()) {
            headTimer = client.eventLoop()
                    .schedule(
                            () -> reject(new Malformed(408, "The request did not come in time.")),
                            HEAD_SECONDS,
                            TimeUnit.SECONDS);
        }
    }

    private void stopHeadTimer() {
        if (headTimer != null) {
            headTimer.cancel(false);
            headTimer = null;
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null && client.isWritable()) {
            exchange.resume();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        over(state == State.HEAD);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error("HTTP connection from {} failed", client.remoteAddress(), cause);
        }
        client.close();
    }
}
