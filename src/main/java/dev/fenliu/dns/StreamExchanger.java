package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one connection to an upstream and sends queries over it: opened on demand, replaced after 100 queries, 30 s
 * without use, or a deadline missed in silence (throttled connections of public resolvers hang rather than close).
 * What a connection leaves unanswered when it ends is asked once more on the next. Confined to one event loop.
 */
final class StreamExchanger implements Exchanger {
    private static final int MAX_QUERIES = 100;
    private static final long IDLE_SECONDS = 30;

    private final EventLoop loop;
    private final Supplier<Future<Carrier>> opener;
    private final Set<Connection> connections = new HashSet<>();
    private @Nullable Connection current;
    private boolean closed;

    /** @param opener connects and puts the protocol on the channel; its future completes on {@code loop} */
    StreamExchanger(EventLoop loop, Supplier<Future<Carrier>> opener) {
        this.loop = loop;
        this.opener = opener;
    }

    @Override
    public Future<byte[]> exchange(Query query, Edns edns, long millis) {
        Exchange exchange = new Exchange(query, edns, loop.newPromise());
        Future<?> timer = loop.schedule(() -> exchange.expire(millis), millis, TimeUnit.MILLISECONDS);
        exchange.result.addListener(done -> timer.cancel(false));
        send(exchange);
        return exchange.result;
    }

    private void send(Exchange exchange) {
        if (closed) {
            exchange.result.tryFailure(new Failure(Failure.Kind.RESOLVER_FAILED, "closed"));
            return;
        }
        Connection connection = current;
        if (connection == null || connection.spent()) {
            connection = new Connection();
            connections.add(connection);
            current = connection;
        }
        connection.take(exchange);
    }

    @Override
    public void close() {
        loop.execute(() -> {
            closed = true;
            Set.copyOf(connections).forEach(Connection::drop);
        });
    }

    /** One query and how it stands. */
    private final class Exchange {
        private final Query query;
        private final Edns edns;
        private final Promise<byte[]> result;
        private @Nullable Connection connection;
        private long sent;
        private boolean again;

        Exchange(Query query, Edns edns, Promise<byte[]> result) {
            this.query = query;
            this.edns = edns;
            this.result = result;
        }

        void expire(long millis) {
            boolean late = result.tryFailure(Exchanger.late(millis));
            if (late && connection != null && connection.silentSince(sent)) {
                connection.drop();
            }
        }

        void answered(Future<byte[]> answer) {
            if (answer.isSuccess()) {
                result.trySuccess(answer.getNow());
            } else if (answer.cause() == Carrier.LOST && !again && !result.isDone()) {
                again = true;
                send(this);
            } else {
                result.tryFailure(answer.cause());
            }
        }
    }

    /** A connection from the moment it is wanted. */
    private final class Connection {
        private final Future<Carrier> opening = opener.get();
        private @Nullable Future<?> idle;
        private long heard = loop.ticker().nanoTime();
        private int queries;
        private int underWay;
        private boolean dropped;

        Connection() {
            opening.addListener(done -> {
                if (!done.isSuccess()) {
                    drop();
                } else if (dropped) {
                    opening.getNow().close();
                }
            });
        }

        boolean spent() {
            return dropped
                    || queries >= MAX_QUERIES
                    || opening.isSuccess() && opening.getNow().spent();
        }

        boolean silentSince(long moment) {
            return heard - moment < 0;
        }

        void take(Exchange exchange) {
            if (idle != null) {
                idle.cancel(false);
            }
            queries++;
            underWay++;
            exchange.connection = this;
            exchange.sent = loop.ticker().nanoTime();
            opening.addListener(done -> {
                if (!opening.isSuccess()) {
                    ended(exchange, loop.newFailedFuture(opening.cause()));
                    return;
                }
                if (dropped || exchange.result.isDone()) {
                    ended(exchange, loop.newFailedFuture(Carrier.LOST));
                    return;
                }
                Future<byte[]> answer = opening.getNow().ask(exchange.query, exchange.edns);
                exchange.result.addListener(given -> answer.cancel(false)); // nobody waits for it any more
                answer.addListener(finished -> ended(exchange, answer));
            });
        }

        private void ended(Exchange exchange, Future<byte[]> answer) {
            underWay--;
            if (answer.isSuccess()) {
                heard = loop.ticker().nanoTime();
            }
            exchange.answered(answer);
            if (underWay > 0) {
                return;
            }
            if (current != this || spent()) {
                drop();
            } else {
                idle = loop.schedule(this::drop, IDLE_SECONDS, TimeUnit.SECONDS);
            }
        }

        /** Ends it; what it has not answered goes to the next one. */
        void drop() {
            if (dropped) {
                return;
            }
            dropped = true;
            connections.remove(this);
            if (opening.isSuccess()) {
                opening.getNow().close();
            }
        }
    }
}
