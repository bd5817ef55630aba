package dev.fenliu.inbound.http;

import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.Users;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
 * A client's connection to the HTTP proxy, request by request: a CONNECT request hands the socket on, any other goes to
 * the {@link OriginLink}, and the next one is looked at when it is answered. Reads the socket on demand only, so at
 * most one read is kept. Confined to the client's event loop.
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
    private final OriginLink origin;
    private final HeadReader heads = HeadReader.requests();
    private final Queue<ByteBuf> pending = new ArrayDeque<>(1);
    private State state = State.HEAD;
    private @Nullable Round round;
    private @Nullable ScheduledFuture<?> headTimer;
    private boolean clientEnded;

    /** The request under way. */
    private record Round(RequestHead request, Body body) {}

    HttpConnection(Channel client, ListenerContext context, Users users) {
        this.client = client;
        this.context = context;
        this.users = users;
        this.local = source().getAddress().isLoopbackAddress();
        this.origin = new OriginLink(this, client, context.handler());
    }

    private InetSocketAddress source() {
        return (InetSocketAddress) client.remoteAddress();
    }

    /** The facts of a flow for {@code request}. */
    Flow flow(RequestHead request, Optional<String> user) {
        return new Flow(
                context.handler().nextId(),
                Transport.TCP,
                context.settings().name(),
                source(),
                request.target().destination(),
                user);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        // From here on the socket is read on demand only; Relay does the same with the streams that it holds.
        client.config().setOption(ChannelOption.AUTO_READ, false);
        client.read();
    }

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
        origin.deliver();
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
        if (state == State.HEAD) {
            if (!client.isWritable()) {
                return false; // so that nobody piles up answers by not reading them
            }
            String text = heads.read(in);
            if (text != null) {
                start(RequestHead.parse(text));
            }
            return true;
        }
        if (state == State.RAW) {
            origin.send(in.readRetainedSlice(in.readableBytes()));
            return true;
        }
        Round now = round;
        if (now == null || now.body().done()) {
            return false;
        }
        int count = now.body().scan(in);
        origin.send(in.readRetainedSlice(count));
        if (now.body().done() && origin.complete()) {
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
            over(true);
            context.handler().stream(new ConnectStream(flow(request, user), client, request));
            client.pipeline().remove(this);
        } else {
            round = new Round(request, request.body());
            state = State.ROUND;
            origin.send(request, user);
        }
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

    /** Reads the socket if there is anything to do with what comes. */
    void demand() {
        boolean wanted = switch (state) {
            case HEAD -> pending.isEmpty(); // otherwise the client must first read what it was answered
            case ROUND ->
                round != null && round.body().done()
                        ? pending.isEmpty() // one read ahead shows a client that leaves
                        : origin.wantsBytes();
            case RAW -> origin.wantsBytes();
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
        if (state == State.HEAD) {
            finish();
        } else if (state == State.ROUND && round != null && !round.body().done()) {
            cut(false); // half a request
        } else {
            origin.endInput();
        }
    }

    /** The response is complete, whatever became of the origin. */
    void responded() {
        Round now = round;
        if (now != null && (now.body().done() || !origin.connected())) {
            roundOver(now);
        }
    }

    private void roundOver(Round now) {
        if (now.body().done() && now.request().keepAlive() && origin.persistent()) {
            round = null;
            state = State.HEAD;
            later();
        } else {
            finish();
        }
    }

    /** The origin takes and sends nothing more, and owes nothing. */
    void originGone() {
        if (state == State.ROUND) {
            finish(); // answered early; the rest of the request has nowhere to go
        }
    }

    /** The origin speaks another protocol from here on. */
    void switched() {
        if (state == State.ROUND) {
            state = State.RAW;
            later();
        }
    }

    /** The origin has not answered and will not; {@code instead} says why. */
    void unanswered(Reply instead) {
        if (round != null) {
            reply(instead, round.request());
        }
    }

    /** Answers a request ourselves; the connection stays if nothing of the request is left to come. */
    private void reply(Reply reply, RequestHead request) {
        boolean keep = request.keepAlive() && !request.hasBody();
        client.writeAndFlush(reply.encode(client.alloc(), request, !keep, local));
        if (keep) {
            round = null;
            state = State.HEAD;
            later();
        } else {
            finish();
        }
    }

    private void reject(Malformed e) {
        if (state == State.HEAD || state == State.ROUND && !origin.answered()) {
            client.write(Reply.of(e).encode(client.alloc(), null, true, local));
            finish();
        } else {
            cut(false);
        }
    }

    /** No more requests: our stream ends after what was written. */
    private void finish() {
        over(round == null || round.body().done());
        release();
        Drain.start(client);
    }

    /** A message stays incomplete, and must not look whole to whoever gets it. */
    void cut(boolean reset) {
        over(false);
        release();
        if (reset) {
            client.config().setOption(ChannelOption.SO_LINGER, 0);
            client.close();
        } else {
            client.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void over(boolean clean) {
        state = State.OVER;
        round = null;
        stopHeadTimer();
        origin.close(clean);
    }

    private void release() {
        for (ByteBuf bytes; (bytes = pending.poll()) != null; ) {
            bytes.release();
        }
    }

    /** Goes on with what the client sent meanwhile, but not from inside a write of the exchange. */
    void later() {
        if (pending.isEmpty() && !clientEnded) {
            demand();
        } else {
            client.eventLoop().execute(this::process);
        }
    }

    private void watchHead() {
        if (headTimer == null && state == State.HEAD && heads.started()) {
            Malformed late = new Malformed(408, "The request did not come in time.");
            headTimer = client.eventLoop().schedule(() -> reject(late), HEAD_SECONDS, TimeUnit.SECONDS);
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
        if (client.isWritable()) {
            origin.resume();
            later();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        over(state == State.HEAD);
        release();
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
