package dev.fenliu.inbound.http;

import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.inbound.Users;
import dev.fenliu.net.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a client, one after the other: a CONNECT request hands the socket on, any other goes to the {@link
 * OriginLink}, and the next one is looked at when it is answered. Confined to the client's event loop.
 */
final class Requests {
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

    /** The request under way. */
    private record Round(RequestHead request, Body body) {}

    private final HttpConnection connection;
    private final Channel client;
    private final ListenerContext context;
    private final Users users;
    private final RareLog refusedLogins;
    private final boolean local;
    private final boolean fallback;
    private final OriginLink origin;
    private final HeadReader heads = HeadReader.requests();
    private State state = State.HEAD;
    private @Nullable Round round;
    private @Nullable ScheduledFuture<?> headTimer;
    /** Whether the request under way is the last. */
    private boolean retired;

    /** @param fallback whether browsers may go direct when they do not reach us */
    Requests(
            HttpConnection connection,
            Channel client,
            ListenerContext context,
            Users users,
            RareLog refusedLogins,
            boolean fallback) {
        this.connection = connection;
        this.client = client;
        this.context = context;
        this.users = users;
        this.refusedLogins = refusedLogins;
        this.local = ListenerContext.source(client).getAddress().isLoopbackAddress();
        this.fallback = fallback;
        this.origin = new OriginLink(this, client, context);
    }

    // ---- what the client does ----

    /** Takes some of {@code in}; false when nothing can be taken now. */
    boolean take(ByteBuf in) throws Malformed {
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
        if (request.autoConfig()) { // before any login: browsers have none for it
            String script = context.handler().autoConfig(request.target().destination(), fallback);
            boolean keep = request.keepAlive() && !request.hasBody();
            answer(ScriptReply.encode(client.alloc(), request, script, !keep), keep);
            return;
        }
        Optional<String> user = Optional.empty();
        if (users.required()) {
            Users.Account account = users.account(request.head().only("proxy-authorization"));
            if (account == null) {
                if (request.head().has("proxy-authorization")) { // to ask without is how most clients begin
                    refusedLogins.warn("listener " + context.settings().name() + ": wrong user or password from "
                            + Sockets.text(client.remoteAddress()));
                }
                reply(Reply.LOGIN, request);
                return;
            }
            user = account.user();
        }
        HandshakeDeadline.over(client);
        if (request.connect()) {
            over(true);
            context.handler().stream(
                    new ConnectStream(context.flow(client, request.target().destination(), user), client, request));
            connection.handOver();
        } else {
            round = new Round(request, request.body());
            state = State.ROUND;
            origin.send(request, user);
        }
    }

    /** All that could be taken was. */
    void taken() {
        origin.deliver();
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

    /** Whether there is anything to do with more bytes. */
    boolean wantBytes() {
        return switch (state) {
            case HEAD -> true;
            case ROUND -> round != null && round.body().done() || origin.wantsBytes(); // a read shows who leaves
            case RAW -> origin.wantsBytes();
            case OVER -> false;
        };
    }

    /** What the client sent is no request; it is told so unless it has half an answer already. */
    void reject(Malformed e) {
        if (state == State.HEAD || state == State.ROUND && !origin.answered()) {
            client.write(Reply.of(e).encode(client.alloc(), null, true, local));
            finish();
        } else {
            breakOff();
        }
    }

    /** The client has ended its stream, and all its bytes have been taken. */
    void inputEnded() {
        if (state == State.HEAD) {
            finish();
        } else if (state == State.ROUND && round != null && !round.body().done()) {
            breakOff();
        } else {
            origin.endInput();
        }
    }

    /** The listener is served otherwise from now on: what comes next is for a connection of its own. */
    void retire() {
        retired = true;
        if (state == State.HEAD) {
            finish();
        }
    }

    /** The client's socket takes bytes again. */
    void resume() {
        origin.resume();
    }

    /** The client's socket is closed. */
    void gone() {
        over(state == State.HEAD);
    }

    // ---- what the origin does ----

    /** The origin takes more of the client's bytes. */
    void demand() {
        connection.demand();
    }

    /** Goes on with the client's bytes. */
    void later() {
        connection.later();
    }

    /** The response is complete, whatever became of the origin. */
    void responded() {
        Round now = round;
        if (now != null && (now.body().done() || !origin.connected())) {
            roundOver(now);
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

    /** The request stays incomplete. An answer under way does too, and where it has no length only a reset says so. */
    private void breakOff() {
        cut(origin.answered() && !origin.complete());
    }

    /** A message stays incomplete, and must not look whole to whoever gets it. */
    void cut(boolean reset) {
        over(false);
        if (reset) {
            connection.reset();
        } else {
            connection.finish();
        }
    }

    // ---- how a request ends ----

    private void roundOver(Round now) {
        if (!retired && now.body().done() && now.request().keepAlive() && origin.persistent()) {
            next();
        } else {
            finish();
        }
    }

    /** Answers a request ourselves; the connection stays if nothing of the request is left to come. */
    private void reply(Reply reply, RequestHead request) {
        boolean keep = !retired && request.keepAlive() && !request.hasBody();
        answer(reply.encode(client.alloc(), request, !keep, local), keep);
    }

    private void answer(ByteBuf bytes, boolean keep) {
        client.writeAndFlush(bytes);
        if (keep) {
            next();
        } else {
            finish();
        }
    }

    private void next() {
        round = null;
        state = State.HEAD;
        later();
    }

    /** No more requests. */
    private void finish() {
        over(round == null || round.body().done());
        connection.finish();
    }

    private void over(boolean clean) {
        state = State.OVER;
        round = null;
        stopHeadTimer();
        origin.close(clean);
    }
}
