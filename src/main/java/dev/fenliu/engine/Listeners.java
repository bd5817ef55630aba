package dev.fenliu.engine;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.Access;
import dev.fenliu.inbound.BindFailure;
import dev.fenliu.inbound.ClientLimits;
import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.Listener;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.inbound.transparent.TransparentType;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bound listeners. A change is made in two steps: what is new is bound first; only when all of it is, the rest is
 * changed over, and an address that stays is never unbound. Only where the new address includes an old one or the
 * reverse, which the system does not allow together, the old one goes first. Called by one thread at a time.
 */
final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private record Opened(ListenerPlan<?> plan, Acceptor acceptor) {}

    private record Bound(ListenerPlan<?> plan, Acceptor acceptor, Listener listener) {}

    /** Plans that are bound or opened but not yet in force. */
    final class Change {
        private final List<ListenerPlan<?>> plans;
        /** One that is left out if its address is taken. */
        private final Optional<ListenerPlan<?>> dispensable;
        /** Those that will go. */
        private final List<Bound> leaving = new ArrayList<>();
        /** Those of them that are gone already, since they were in the way of new ones. */
        private final List<Bound> gone = new ArrayList<>();

        private final Map<String, Acceptor> replaced = new LinkedHashMap<>();
        private final Map<String, Bound> fresh = new LinkedHashMap<>();

        private Change(List<ListenerPlan<?>> plans, Optional<ListenerPlan<?>> dispensable) {
            this.dispensable = dispensable;
            this.plans = new ArrayList<>(plans);
            List<String> staying = plans.stream().map(Listeners::key).toList();
            bound.forEach((key, old) -> {
                if (!staying.contains(key)) {
                    leaving.add(old);
                }
            });
        }

        /** The addresses that will be bound. */
        List<InetSocketAddress> addresses() {
            List<InetSocketAddress> addresses = new ArrayList<>();
            for (ListenerPlan<?> plan : plans) {
                Bound made = fresh.getOrDefault(key(plan), bound.get(key(plan)));
                addresses.add(made == null ? plan.settings().listen() : made.listener.address());
            }
            return addresses;
        }

        /** What kind of clients each listener will have. */
        Map<String, Guards.Role> roles() {
            Map<String, Guards.Role> roles = new LinkedHashMap<>();
            for (ListenerPlan<?> plan : plans) {
                Bound kept = fresh.getOrDefault(key(plan), bound.get(key(plan)));
                Acceptor acceptor = replaced.getOrDefault(key(plan), kept == null ? null : kept.acceptor);
                boolean privately = acceptor != null && acceptor.allowsPrivate();
                roles.put(plan.settings().name(), role(plan.type(), privately));
            }
            return roles;
        }

        private static Guards.Role role(ListenerType<?> type, boolean privately) {
            if (type.remote()) {
                return privately ? Guards.Role.REMOTE_WITH_PRIVATE : Guards.Role.REMOTE;
            }
            return type instanceof TransparentType ? Guards.Role.TRANSPARENT : Guards.Role.LOCAL;
        }

        /** Puts the change in force. */
        void commit() {
            Map<String, Bound> next = new LinkedHashMap<>();
            for (ListenerPlan<?> plan : plans) {
                String address = key(plan);
                Bound old = bound.remove(address);
                Acceptor acceptor = replaced.get(address);
                if (old != null && acceptor != null) {
                    old.listener
                            .replace(plan.settings(), access(plan), acceptor)
                            .addListener(done -> tell(plan, "still serves as before: ", done.cause()));
                }
                Bound made = fresh.get(address);
                if (made == null) {
                    Bound kept = java.util.Objects.requireNonNull(old);
                    made = new Bound(plan, acceptor == null ? kept.acceptor : acceptor, kept.listener);
                }
                next.put(address, made);
            }
            bound.values().forEach(left -> left.listener.close());
            bound.clear();
            bound.putAll(next);
            inForce = next.values().stream().map(Bound::listener).toList();
            for (Map<InetSocketAddress, Channel> unused : List.of(inherited, inheritedUdp)) {
                unused.values().forEach(socket -> socket.unsafe().closeForcibly());
                unused.clear();
            }
        }

        /** One of those that leave whose socket keeps {@code wanted} from being bound. */
        private Optional<Bound> inTheWay(InetSocketAddress wanted) {
            return leaving.stream()
                    .filter(old -> {
                        InetSocketAddress held = old.listener.address();
                        boolean wild = held.getAddress().isAnyLocalAddress()
                                || wanted.getAddress().isAnyLocalAddress();
                        return wild && held.getPort() == wanted.getPort();
                    })
                    .findFirst();
        }

        /** Makes everything as it was before, then fails {@code result}. */
        private void abandon(EventLoop loop, Promise<Change> result, Throwable why) {
            PromiseCombiner closing = new PromiseCombiner(loop);
            fresh.values().forEach(made -> closing.add(made.listener.close()));
            closing.finish(loop.<Void>newPromise().addListener(closed -> {
                PromiseCombiner reopening = new PromiseCombiner(loop);
                gone.forEach(old -> reopening.add(reopen(old, loop)));
                reopening.finish(loop.<Void>newPromise().addListener(reopened -> result.setFailure(why)));
            }));
        }

        private Future<Void> reopen(Bound old, EventLoop loop) {
            Promise<Void> done = loop.newPromise();
            Listener.bind(old.plan.settings(), access(old.plan), old.acceptor, limits, loops)
                    .addListener((Future<Listener> again) -> loop.execute(() -> {
                        if (again.isSuccess()) {
                            bound.put(key(old.plan), new Bound(old.plan, old.acceptor, again.getNow()));
                        }
                        tell(old.plan, "is lost: ", again.cause());
                        done.setSuccess(null);
                    }));
            return done;
        }
    }

    private final EventLoopGroup loops;
    private final ClientLimits limits = ClientLimits.ofThisProcess();
    private final FlowHandler handler;
    private final Dialer plain;
    private final Map<String, Bound> bound = new LinkedHashMap<>();
    /** Sockets of another process that are not served here yet, by their addresses. */
    private final Map<InetSocketAddress, Channel> inherited = new ConcurrentHashMap<>();

    private final Map<InetSocketAddress, Channel> inheritedUdp = new ConcurrentHashMap<>();

    private volatile List<Listener> inForce = List.of();

    Listeners(EventLoopGroup loops, FlowHandler handler, Dialer plain) {
        this.loops = loops;
        this.handler = handler;
        this.plain = plain;
    }

    /**
     * Opens and binds what is new in {@code plans}. A failed future holds the IOException of the first that could not
     * be opened or a {@link BindFailure}; nothing has changed then.
     *
     * @param dispensable the one of them, if any, that is left out if its address is taken
     */
    Future<Change> prepare(List<ListenerPlan<?>> plans, Optional<ListenerPlan<?>> dispensable) {
        EventLoop loop = loops.next();
        Promise<Change> result = loop.newPromise();
        Change change = new Change(plans, dispensable);
        Queue<Opened> toBind = new ArrayDeque<>();
        try {
            for (ListenerPlan<?> plan : plans) {
                Bound old = bound.get(key(plan));
                if (old != null && old.plan.equals(plan)) {
                    continue;
                }
                Acceptor acceptor = plan.open(new ListenerContext(plan.settings(), handler, plain));
                if (old != null) {
                    change.replaced.put(key(plan), acceptor);
                } else {
                    toBind.add(new Opened(plan, acceptor));
                }
            }
        } catch (IOException e) {
            return result.setFailure(e);
        }
        loop.execute(() -> bind(change, toBind, loop, result));
        return result;
    }

    /** Binds the first that is left to bind, and so on. On {@code loop}. */
    private void bind(Change change, Queue<Opened> toBind, EventLoop loop, Promise<Change> result) {
        Opened next = toBind.peek();
        if (next == null) {
            result.setSuccess(change);
            return;
        }
        ListenerPlan<?> plan = next.plan;
        Optional<Bound> inTheWay = change.inTheWay(plan.settings().listen());
        if (inTheWay.isPresent()) {
            Bound old = inTheWay.get();
            change.leaving.remove(old);
            change.gone.add(old);
            old.listener.close().addListener(closed -> loop.execute(() -> bind(change, toBind, loop, result)));
            return;
        }
        toBind.remove();
        Listener.Held held = held(plan.settings().listen(), next.acceptor);
        Future<Listener> opening = Listener.adopt(held, plan.settings(), access(plan), next.acceptor, limits, loops);
        opening.addListener((Future<Listener> done) -> loop.execute(() -> {
            if (done.isSuccess()) {
                change.fresh.put(key(plan), new Bound(plan, next.acceptor, done.getNow()));
                bind(change, toBind, loop, result);
            } else if (change.dispensable.equals(Optional.of(plan)) && done.cause() instanceof BindFailure) {
                LOG.warn(
                        "there is no control API: {}; `api: {listen: …}` chooses another address, `off` wants none",
                        done.cause().getMessage());
                change.plans.remove(plan);
                bind(change, toBind, loop, result);
            } else {
                change.abandon(loop, result, done.cause());
            }
        }));
    }

    /** What is inherited of the sockets that a listener needs. */
    private Listener.Held held(InetSocketAddress listen, Acceptor acceptor) {
        return new Listener.Held(
                acceptor.streams() ? Optional.ofNullable(inherited.remove(listen)) : Optional.empty(),
                acceptor.datagrams().isPresent() ? Optional.ofNullable(inheritedUdp.remove(listen)) : Optional.empty());
    }

    private static Access access(ListenerPlan<?> plan) {
        return plan.type().access(plan.settings());
    }

    private static void tell(ListenerPlan<?> plan, String what, @Nullable Throwable why) {
        if (why != null) {
            LOG.error("listener {} {}{}", plan.settings().name(), what, why.getMessage());
        }
    }

    /** What stays the same listener: its address, with its transport, and its name where the system chooses the port. */
    private static String key(ListenerPlan<?> plan) {
        InetSocketAddress listen = plan.settings().listen();
        String address = Sockets.text(listen) + (plan.type().streams() ? "" : " udp");
        return listen.getPort() == 0 ? address + " " + plan.settings().name() : address;
    }

    /** Takes bound sockets of another process, for the listeners that will want their addresses. */
    void inherit(List<Channel> held) {
        held.forEach(socket -> (socket instanceof DatagramChannel ? inheritedUdp : inherited)
                .put((InetSocketAddress) socket.localAddress(), socket));
    }

    /** The sockets in force. Safe for concurrent use. */
    List<Channel> sockets() {
        return inForce.stream().flatMap(listener -> listener.sockets().stream()).toList();
    }

    /** How many TCP clients there are. */
    int clients() {
        return limits.clients();
    }

    /** The addresses that are bound, the real port where 0 was asked for. */
    Map<String, InetSocketAddress> addresses() {
        Map<String, InetSocketAddress> addresses = new LinkedHashMap<>();
        bound.values().forEach(b -> addresses.put(b.plan.settings().name(), b.listener.address()));
        return addresses;
    }

    /** The same with what they are. */
    List<Status.Listening> listening() {
        return bound.values().stream()
                .map(b -> new Status.Listening(
                        b.plan.settings().name(), b.plan.settings().type(), b.listener.address()))
                .toList();
    }

    /** Leaves who comes from now on to another process, which has the sockets; to be closed later. */
    List<Future<Void>> leave() {
        return bound.values().stream().map(b -> b.listener.leave()).toList();
    }

    /** Stops accepting; running clients go on. */
    List<Future<Void>> close() {
        List<Future<Void>> closing = new ArrayList<>();
        bound.values().forEach(b -> closing.add(b.listener.close()));
        bound.clear();
        return closing;
    }
}
