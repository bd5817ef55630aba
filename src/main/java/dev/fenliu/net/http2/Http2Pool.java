package dev.fenliu.net.http2;

import dev.fenliu.model.Failure;
import dev.fenliu.net.ClientTls;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Streams to one server, many on each of a few HTTP/2 connections of each event loop (RFC 9113). A connection is made
 * when there is none with room, carries requests before the server has said a word, is given up when the server does not
 * answer a PING in time, when it says GOAWAY, or when it was idle for two minutes. Safe for concurrent use.
 */
public final class Http2Pool {
    /** Of one event loop, for servers that allow few streams on each. */
    private static final int MOST_CONNECTIONS = 32;

    private final Connector connector;
    private final boolean secure;
    private final Map<EventLoop, Connections> loops = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * Makes a pool without connections.
     *
     * @param secure whether the connections have TLS, which must then have agreed on {@code h2}
     */
    public Http2Pool(Connector connector, boolean secure) {
        this.connector = connector;
        this.secure = secure;
    }

    /**
     * Makes a request and waits for the answer, without a limit of time. A request that the server has not touched, as
     * far as HTTP/2 can tell, is made once more on another connection.
     *
     * @return on {@code loop}, from which this is called, a channel as {@link dev.fenliu.net.Dialer#connect} describes it:
     *     a close before the end of the output ends it in order, one by {@code unsafe()} resets the stream. A failed future holds a
     *     {@link Failure}. Whoever cancels the future gives up the stream.
     */
    public Future<Channel> ask(EventLoop loop, Http2Headers request, Answer answer) {
        return wish(loop, request, answer, true, false);
    }

    /**
     * The same for a request with {@code :protocol} (RFC 8441); fails with {@link Failure.Kind#UNSUPPORTED} when the server
     * has not enabled it.
     */
    public Future<Channel> askExtended(EventLoop loop, Http2Headers request, Answer answer) {
        return wish(loop, request, answer, true, true);
    }

    /**
     * Makes a request whose body follows at once. When the answer is not as it should be, the channel ends with an
     * exception.
     *
     * @return as {@link #ask}, but as soon as the request is written
     */
    public Future<Channel> open(EventLoop loop, Http2Headers request, Answer answer) {
        return wish(loop, request, answer, false, false);
    }

    private Future<Channel> wish(
            EventLoop loop, Http2Headers request, Answer answer, boolean awaited, boolean extended) {
        Promise<Channel> result = loop.newPromise();
        Connections connections = loops.computeIfAbsent(loop, Connections::new);
        connections.attempt(new Wish(request, answer, awaited, extended, loop.newPromise()), result, true);
        return result;
    }

    /** Opens no more connections that last; those that are there end with their last stream. */
    public void close() {
        closed = true;
        loops.forEach((loop, connections) -> loop.execute(connections::retire));
    }

    /** Those of one event loop, to which it is confined. */
    private final class Connections {
        private final EventLoop loop;
        private final List<ClientConnection> made = new ArrayList<>(1);
        private final Queue<Wish> waiting = new ArrayDeque<>(1);
        private int coming;

        Connections(EventLoop loop) {
            this.loop = loop;
        }

        void attempt(Wish wish, Promise<Channel> result, boolean again) {
            result.addListener(done -> wish.result().cancel(false)); // when the caller gives up; else a no-op
            wish.result().addListener((Future<Channel> done) -> {
                if (done.isSuccess()) {
                    if (!result.trySuccess(done.getNow())) {
                        done.getNow().unsafe().close(done.getNow().voidPromise());
                    }
                } else if (done.cause() instanceof AnswerReader.Unprocessed lost) {
                    if (again && !result.isDone()) {
                        Wish next = new Wish(
                                wish.request(), wish.answer(), wish.awaited(), wish.extended(), loop.newPromise());
                        attempt(next, result, false);
                    } else {
                        result.tryFailure(new Failure(Failure.Kind.TUNNEL_DOWN, String.valueOf(lost.getMessage())));
                    }
                } else {
                    result.tryFailure(done.cause());
                }
            });
            place(wish);
        }

        private void place(Wish wish) {
            for (ClientConnection connection : made) {
                if (connection.free()) {
                    connection.open(wish);
                    return;
                }
            }
            if (made.size() + coming >= MOST_CONNECTIONS) {
                wish.result().tryFailure(new Failure(Failure.Kind.OVERLOADED, "the upstream takes no more streams"));
                return;
            }
            waiting.add(wish);
            if (waiting.size() > coming * ClientConnection.MOST_STREAMS) {
                connect();
            }
        }

        private void connect() {
            coming++;
            connector.connect(loop).addListener((Future<Channel> done) -> {
                coming--;
                if (!done.isSuccess()) {
                    fail(Failure.of(done.cause()));
                } else if (secure
                        && !ClientTls.applicationProtocol(done.getNow())
                                .filter("h2"::equals)
                                .isPresent()) {
                    done.getNow().close();
                    fail(new Failure(Failure.Kind.TUNNEL_PROTOCOL, "the upstream does not speak HTTP/2"));
                } else {
                    made(ClientConnection.start(done.getNow()));
                }
            });
        }

        private void made(ClientConnection connection) {
            made.add(connection);
            connection.closeFuture().addListener(closed -> made.remove(connection));
            for (Wish next; connection.free() && (next = waiting.poll()) != null; ) {
                if (!next.over()) {
                    connection.open(next);
                }
            }
            if (closed) {
                connection.retire();
            }
            if (!waiting.isEmpty() && coming == 0) {
                connect();
            }
        }

        /** Those who wait for another connection that is on its way may be luckier. */
        private void fail(Failure why) {
            if (coming == 0) {
                for (Wish next; (next = waiting.poll()) != null; ) {
                    next.result().tryFailure(why);
                }
            }
        }

        void retire() {
            List.copyOf(made).forEach(ClientConnection::retire);
        }
    }
}
