package dev.fenliu.engine;

import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Relay;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Question;
import dev.fenliu.sniff.Sniffed;
import dev.fenliu.sniff.Sniffer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The life of one TCP flow, top to bottom: start, sniff, route, dial, answer, compare, relay, closed. Confined to the
 * client's event loop.
 */
final class StreamSession implements Running {
    /** From the start until the flow is answered: routing, resolving, connecting, and the tunnel's handshake. */
    private static final long ANSWER_SECONDS = 15;

    /** A client that says nothing for so long may be waiting for its server's greeting. */
    private static final long SILENCE_MILLIS = 300;

    /** A hello that has begun goes on, if a segment of it was lost then after the client's next attempt or two. */
    private static final long HELLO_MILLIS = 5_000;

    /** Where clients speak first, so that waiting for them delays nobody. */
    private static final Set<Integer> WEB_PORTS = Set.of(80, 443);

    private final InboundStream stream;
    /** What the client gave a fake address of. */
    private final FakeAddresses.@Nullable Mapping meant;

    private final Flow flow;
    private final Engine engine;
    private final Generation generation;
    private final Relay relay;
    private final FlowTimes times;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable ScheduledFuture<?> patience;
    private Question asked;
    private @Nullable Future<Channel> dialling;
    /** Connected, while what the client says first is looked at. */
    private @Nullable Channel unjoined;

    private @Nullable Ruling ruling;
    private List<String> path = List.of();
    private boolean looked;
    private boolean accepted;
    private boolean over;
    /** Why we ended it, if we did. */
    private Closing closing = Closing.WANTED;

    private FlowView.@Nullable End end;
    private long toldUp;
    private long toldDown;

    StreamSession(InboundStream stream, Engine engine, Generation generation) {
        this.stream = stream;
        this.meant = engine.meant(stream.flow().listener(), stream.flow().destination());
        this.flow = meant == null
                ? stream.flow()
                : stream.flow().to(meant.destination(stream.flow().destination()));
        this.engine = engine;
        this.generation = generation;
        this.times = new FlowTimes(engine, HandshakeDeadline.waited(stream.channel()));
        this.asked = Question.of(flow);
        this.relay = Relay.hold(stream.channel());
    }

    void start() {
        engine.opened(this);
        if (meant != null) {
            meant.open();
        }
        deadline = stream.channel()
                .eventLoop()
                .schedule(
                        () -> fail(new Failure(Failure.Kind.TIMEOUT, flow.destination() + " did not answer in time")),
                        ANSWER_SECONDS,
                        TimeUnit.SECONDS);
        stream.channel().closeFuture().addListener(gone -> {
            if (!over && !relay.isJoined()) {
                closed(new FlowView.End("client-gone", "client went away", Ender.CLIENT, false));
            }
        });
        Failure unwelcome = engine.ledger().check(flow);
        Failure forbidden = unwelcome != null ? unwelcome : generation.guards().check(flow, true);
        if (forbidden != null) {
            fail(forbidden); // whatever a rule may say: now, while the answer is still open
        } else if (generation.router().wantsFirstBytes(flow)) {
            sniff();
        } else {
            route();
        }
    }

    /** Most clients speak only when they are answered, so they are before the dial; what they say first, rules see. */
    private void sniff() {
        if (!stream.speaksFirst()) {
            accept();
        }
        waitFor(WEB_PORTS.contains(flow.destination().port()) ? HELLO_MILLIS : SILENCE_MILLIS, this::sniffed);
        look(this::sniffed);
    }

    /** Looks at what the client says first until it is understood, or the rest does not come. */
    private void look(Runnable then) {
        looked = true;
        relay.peek((ByteBuf first) -> {
            Sniffed seen = Sniffer.sniff(first);
            asked = asked.sniffed(seen.name(), seen.protocol());
            if (seen.state() == Sniffed.State.DONE || relay.inputEnded()) {
                then.run();
            } else {
                waitFor(HELLO_MILLIS, then);
            }
        });
    }

    private void waitFor(long millis, Runnable then) {
        stopWaiting();
        patience = stream.channel().eventLoop().schedule(then, millis, TimeUnit.MILLISECONDS);
    }

    private void stopWaiting() {
        if (patience != null) {
            patience.cancel(false);
            patience = null;
        }
    }

    private void sniffed() {
        stopWaiting();
        relay.peek(null);
        route();
    }

    private void route() {
        if (!over) {
            rule(generation, this::decided);
        }
    }

    private void rule(Generation by, Consumer<Ruling> then) {
        NamedRouting.decide(by, asked, engine.namesOf(flow), stream.channel().eventLoop(), then);
    }

    private void decided(Ruling ruled) {
        if (over) {
            return;
        }
        ruling = ruled;
        Decision made = ruled.decision();
        path = List.of(made instanceof Decision.Via via ? via.outbound() : "block");
        engine.listener().routed(flow, made);
        if (made instanceof Decision.Via via) {
            Failure forbidden = generation.guards().check(flow, via.namesHost());
            if (forbidden == null) {
                dial(via);
            } else {
                fail(forbidden);
            }
        } else {
            fail(blocked(made));
        }
    }

    static Failure blocked(Decision made) {
        return new Failure(
                Failure.Kind.BLOCKED, "blocked by the rule at " + made.rule().place());
    }

    private void dial(Decision.Via via) {
        Outbound outbound = generation.outbounds().get(via.outbound());
        if (outbound == null) {
            fail(new Failure(Failure.Kind.INTERNAL, "no outbound \"" + via.outbound() + "\""));
            return;
        }
        Dial dial = new Dial(
                        flow.destination(),
                        stream.channel().eventLoop(),
                        flow.id(),
                        generation.guards().of(flow, via.namesHost()))
                .by(flow.source().getAddress())
                .seen(times);
        times.dialled();
        Future<Channel> dialling = outbound instanceof Group
                ? outbound.connect(dial)
                : engine.health().watch(outbound.name(), dial, outbound::connect);
        this.dialling = dialling;
        dialling.addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                fail(Failure.of(dialled.cause()));
            } else if (over) {
                dialled.getNow().close();
            } else {
                answer(dialled.getNow());
            }
        });
    }

    private void answer(Channel upstream) {
        List<String> members = upstream.attr(Group.PATH).get();
        path = members == null ? path : PacketCarrier.path(path, members);
        times.opened();
        engine.listener().connected(view());
        if (!accepted) {
            accept();
        }
        if (!looked && flow.destination().host() instanceof Host.Name && leavesPlainly()) {
            compare(upstream);
        } else {
            relay(upstream);
        }
        if (engine.current().router() != generation.router()) {
            review(engine.current()); // what was undecided when the rules changed could not be reviewed then
        }
    }

    /**
     * The client may name another host in what it says first than it has asked for, one that the rules do not let leave
     * plainly. That is held until it is known. Whoever speaks first, nobody waits for the other.
     */
    private void compare(Channel upstream) {
        cancelDeadline();
        unjoined = upstream;
        relay.await(upstream, () -> compared(upstream));
        look(() -> compared(upstream));
    }

    private void compared(Channel upstream) {
        stopWaiting();
        relay.peek(null);
        rule(generation, made -> {
            if (over) {
                return;
            }
            unjoined = null;
            if (made.decision() instanceof Decision.Via via && generation.leavesPlainly(via.outbound())) {
                relay(upstream);
            } else {
                upstream.close();
                decided(made);
            }
        });
    }

    private boolean leavesPlainly() {
        return generation.plain().contains(carrier());
    }

    /** The outbound that carries the flow. */
    private String carrier() {
        return path.get(path.size() - 1);
    }

    private void accept() {
        accepted = true;
        stream.accept();
    }

    private void relay(Channel upstream) {
        cancelDeadline();
        Health.Exchange exchange =
                engine.health().exchange(carrier(), flow.destination().host());
        relay.watch(
                () -> {
                    times.asked();
                    exchange.asked();
                },
                () -> {
                    times.answered();
                    exchange.answered();
                });
        relay.join(upstream).addListener((Future<Relay.Totals> ended) -> {
            Relay.Totals totals = ended.getNow();
            boolean byUs = totals.end() == Relay.End.CLIENT_RESET || totals.end() == Relay.End.CLOSED;
            exchange.ended(byUs, totals.up(), totals.down());
            closed(end(totals.end()));
        });
    }

    private FlowView.End end(Relay.End how) {
        return switch (how) {
            case DONE -> FlowView.End.ok(relay.clientEndedFirst() ? Ender.CLIENT : Ender.UPSTREAM);
            case CLIENT_RESET -> new FlowView.End("client-reset", "reset by the client", Ender.CLIENT, false);
            case UPSTREAM_RESET -> new FlowView.End("upstream-reset", "reset by the other side", Ender.UPSTREAM, false);
            case STALLED -> new FlowView.End("stalled", "half-closed and silent", Ender.US, false);
            case CLOSED -> FlowView.End.of(closing);
        };
    }

    private void fail(Failure failure) {
        fail(failure, FlowView.End.of(failure));
    }

    private void fail(Failure failure, FlowView.End how) {
        if (over || relay.isJoined()) {
            return;
        }
        closed(how);
        if (failure.kind() == Failure.Kind.INTERNAL) {
            engine.unexpected(flow, failure);
        }
        if (accepted) {
            relay.close();
        } else {
            stream.refuse(failure);
        }
    }

    private void closed(FlowView.End how) {
        if (over) {
            return;
        }
        over = true;
        end = how;
        times.ended();
        if (meant != null) {
            meant.close();
        }
        stopWaiting();
        cancelDeadline();
        if (dialling != null) {
            dialling.cancel(false);
        }
        if (unjoined != null) {
            unjoined.close();
        }
        engine.closed(this, relay.up() - toldUp, relay.down() - toldDown);
    }

    @Override
    public FlowView view() {
        Ruling made = ruling;
        Question known = asked;
        return new FlowView(
                flow,
                times.start(),
                made != null && made.name().isPresent() ? made.name() : known.sniffed(),
                made == null ? Optional.empty() : Optional.of(made.decision().rule()),
                path,
                times.hop(),
                relay.up(),
                relay.down(),
                times.timing(),
                Optional.ofNullable(end));
    }

    @Override
    public long id() {
        return flow.id();
    }

    @Override
    public void tell() {
        if (relay.up() != toldUp
                || relay.down() != toldDown) { // to another thread they may seem to be until the next time
            stream.channel().eventLoop().execute(() -> {
                long up = relay.up();
                long down = relay.down();
                if (!over) {
                    long moreUp = up - toldUp;
                    long moreDown = down - toldDown;
                    toldUp = up;
                    toldDown = down;
                    engine.listener().moved(view(), moreUp, moreDown);
                }
            });
        }
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    Flow flow() {
        return flow;
    }

    /**
     * Ends the flow if it leaves plainly now and the rules of {@code next} send it to a tunnel or block it. Called on
     * any thread.
     */
    void review(Generation next) {
        stream.channel().eventLoop().execute(() -> {
            if (over || ruling == null || !leavesPlainly()) {
                return; // what is still undecided is reviewed when it is answered
            }
            rule(next, made -> {
                if (!over && !(made.decision() instanceof Decision.Via to && next.leavesPlainly(to.outbound()))) {
                    end(Closing.RULES_CHANGED);
                }
            });
        });
    }

    /** Counts what it has moved, and ends it if its user may not go on. Called on any thread. */
    void count() {
        stream.channel().eventLoop().execute(() -> {
            if (!over && !engine.ledger().moved(flow, relay.up(), relay.down())) {
                end(Closing.USED_UP);
            }
        });
    }

    /** Ends the flow at once. Called on its event loop. */
    private void end(Closing why) {
        closing = why;
        if (relay.isJoined()) {
            relay.close();
        } else if (unjoined != null) {
            closed(end(Relay.End.CLOSED));
            relay.close();
        } else {
            fail(new Failure(Failure.Kind.OVERLOADED, why.text()), FlowView.End.of(why));
        }
    }

    @Override
    public void endSoon(Closing why) {
        stream.channel().eventLoop().execute(() -> end(why));
    }
}
