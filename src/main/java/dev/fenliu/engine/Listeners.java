package dev.fenliu.engine;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.Access;
import dev.fenliu.inbound.ClientLimits;
import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.Listener;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bound listeners. A change is made in two steps: what is new is bound first; only when all of it is, the rest is
 * changed over, and an address that stays is never unbound. Called by one thread at a time.
 */
final class Listeners {
    private record Bound(ListenerPlan<?> plan, Acceptor acceptor, Listener listener) {}

    /** Plans that are bound or opened but not yet in force. */
    final class Change {
        private final List<ListenerPlan<?>> plans;
        private final Map<String, Acceptor> replaced = new LinkedHashMap<>();
        private final Map<String, Bound> fresh = new LinkedHashMap<>();

        private Change(List<ListenerPlan<?>> plans) {
            this.plans = plans;
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
                roles.put(
                        plan.settings().name(),
                        !plan.type().remote()
                                ? Guards.Role.LOCAL
                                : privately ? Guards.Role.REMOTE_WITH_PRIVATE : Guards.Role.REMOTE);
            }
            return roles;
        }

        /** Puts the change in force. */
        void commit() {
            Map<String, Bound> next = new LinkedHashMap<>();
            for (ListenerPlan<?> plan : plans) {
                String address = key(plan);
                Bound old = bound.remove(address);
                Acceptor acceptor = replaced.get(address);
                if (old != null && acceptor != null) {
                    old.listener.replace(
                            plan.settings(),
                            Access.of(plan.settings(), plan.type().remote()),
                            acceptor);
                }
                Bound made = fresh.get(address);
                if (made == null) {
                    Bound kept = java.util.Objects.requireNonNull(old);
                    made = new Bound(plan, acceptor == null ? kept.acceptor : acceptor, kept.listener);
                }
                next.put(address, made);
            }
            bound.values().forEach(gone -> gone.listener.close());
            bound.clear();
            bound.putAll(next);
        }

        private void abandon() {
            fresh.values().forEach(made -> made.listener.close());
        }
    }

    private final EventLoopGroup loops;
    private final ClientLimits limits = ClientLimits.ofThisProcess();
    private final FlowHandler handler;
    private final Dialer plain;
    private final Map<String, Bound> bound = new LinkedHashMap<>();

    Listeners(EventLoopGroup loops, FlowHandler handler, Dialer plain) {
        this.loops = loops;
        this.handler = handler;
        this.plain = plain;
    }

    /**
     * Opens and binds what is new in {@code plans}. A failed future holds the IOException of the first that could not
     * be opened or a {@link BindFailure}; nothing has changed then.
     */
    Future<Change> prepare(List<ListenerPlan<?>> plans) {
        EventLoop loop = loops.next();
        Promise<Change> result = loop.newPromise();
        Change change = new Change(plans);
        List<ListenerPlan<?>> toBind = new ArrayList<>();
        Map<String, Acceptor> acceptors = new LinkedHashMap<>();
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
                    acceptors.put(key(plan), acceptor);
                    toBind.add(plan);
                }
            }
        } catch (IOException e) {
            return result.setFailure(e);
        }
        loop.execute(() -> bind(change, toBind, 0, acceptors, result));
        return result;
    }

    private void bind(
            Change change,
            List<ListenerPlan<?>> toBind,
            int next,
            Map<String, Acceptor> acceptors,
            Promise<Change> result) {
        if (next == toBind.size()) {
            result.setSuccess(change);
            return;
        }
        ListenerPlan<?> plan = toBind.get(next);
        String address = key(plan);
        Acceptor acceptor = java.util.Objects.requireNonNull(acceptors.get(address));
        Listener.bind(plan.settings(), Access.of(plan.settings(), plan.type().remote()), acceptor, limits, loops)
                .addListener((Future<Listener> done) -> {
                    if (done.isSuccess()) {
                        change.fresh.put(address, new Bound(plan, acceptor, done.getNow()));
                        bind(change, toBind, next + 1, acceptors, result);
                    } else {
                        change.abandon();
                        result.setFailure(done.cause());
                    }
                });
    }

    /** What stays the same listener: its address, or its name where the system chooses the port. */
    private static String key(ListenerPlan<?> plan) {
        InetSocketAddress listen = plan.settings().listen();
        return listen.getPort() == 0 ? plan.settings().name() : Sockets.text(listen);
    }

    /** The addresses that are bound, the real port where 0 was asked for. */
    Map<String, InetSocketAddress> addresses() {
        Map<String, InetSocketAddress> addresses = new LinkedHashMap<>();
        bound.values().forEach(b -> addresses.put(b.plan.settings().name(), b.listener.address()));
        return addresses;
    }

    /** Stops accepting; running clients go on. */
    List<Future<Void>> close() {
        List<Future<Void>> closing = new ArrayList<>();
        bound.values().forEach(b -> closing.add(b.listener.close()));
        bound.clear();
        return closing;
    }
}
