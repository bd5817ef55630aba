package dev.fenliu.engine;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.model.Reason;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a file over HTTP or HTTPS through an outbound, so that the name of its server is resolved where that outbound
 * resolves names. Follows redirects, never from https to http. Confined to one event loop.
 */
final class HttpFetch {
    private static final int MAX_BYTES = 32 << 20;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final int MAX_REDIRECTS = 5;
    private static final Duration TLS_TIMEOUT = Duration.ofSeconds(10);
    private static final long TOTAL_SECONDS = 120;

    /** What the server is told of who asks. */
    static final String USER_AGENT = "fenliu";

    /** Headers that are worth keeping; what a provider says about an account. */
    private static final List<String> KEPT = List.of(SubscriptionPlan.USERINFO, SubscriptionPlan.INTERVAL);

    private static final int MAX_KEPT = 1_000;

    /** The cause of those failures that are not of the way to the server, but of what it says. */
    private static final class Answered extends Exception {
        private static final long serialVersionUID = 1L;

        Answered() {
            super("the server's answer", null, false, false);
        }
    }

    /** What the server said: the content, or nothing when it has not changed, and some headers. */
    record Answer(Optional<byte[]> content, Optional<String> etag, Map<String, String> said) {}

    private final Dialer dialer;
    private final ClientTls tls;
    private final EventLoop loop;
    private final @Nullable String etag;
    private final String userAgent;
    private final Promise<Answer> result;
    private @Nullable Channel channel;
    private int redirects;

    private HttpFetch(Dialer dialer, ClientTls tls, EventLoop loop, @Nullable String etag, String userAgent) {
        this.userAgent = userAgent;
        this.dialer = dialer;
        this.tls = tls;
        this.loop = loop;
        this.etag = etag;
        this.result = loop.newPromise();
    }

    /**
     * Fetches {@code uri}.
     *
     * @param tls whose sessions tell the server that it was here before; so of this way there and no other
     * @param etag of the copy that we have, or null
     * @return fails with a {@link Failure} that names the cause
     */
    static Future<Answer> get(URI uri, Dialer dialer, ClientTls tls, EventLoop loop, @Nullable String etag) {
        return get(uri, dialer, tls, loop, etag, USER_AGENT);
    }

    /** The same by another name of ours. */
    static Future<Answer> get(
            URI uri, Dialer dialer, ClientTls tls, EventLoop loop, @Nullable String etag, String userAgent) {
        HttpFetch fetch = new HttpFetch(dialer, tls, loop, etag, userAgent);
        loop.execute(() -> {
            var deadline = loop.schedule(
                    () -> fetch.fail(new Failure(Failure.Kind.TIMEOUT, "took too long")),
                    TOTAL_SECONDS,
                    TimeUnit.SECONDS);
            fetch.result.addListener(done -> deadline.cancel(false));
            fetch.open(uri);
        });
        return fetch.result;
    }

    /** Why a fetch failed: {@code bad-answer} if the server was reached. */
    static Reason reason(Throwable cause) {
        Failure failure = Failure.of(cause);
        return failure.getCause() instanceof Answered ? Reason.badAnswer(failure.text()) : Reason.of(failure);
    }

    /**
     * Who serves an address.
     *
     * @throws IllegalArgumentException if its host is none
     */
    static Destination server(URI uri) {
        int port = "https".equals(uri.getScheme()) ? 443 : 80;
        return new Destination(Host.parse(String.valueOf(uri.getHost())), uri.getPort() > 0 ? uri.getPort() : port);
    }

    /** A request for it, over a connection that ends with the answer. */
    static DefaultFullHttpRequest request(URI uri) {
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        DefaultFullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path + query);
        request.headers()
                .set(HttpHeaderNames.HOST, uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort())
                .set(HttpHeaderNames.USER_AGENT, USER_AGENT)
                .set(HttpHeaderNames.ACCEPT, "*/*")
                .set(HttpHeaderNames.CONNECTION, "close");
        return request;
    }

    private void open(URI uri) {
        boolean secure = "https".equals(uri.getScheme());
        Destination server;
        try {
            server = server(uri);
        } catch (IllegalArgumentException e) {
            fail(String.valueOf(e.getMessage()));
            return;
        }
        dialer.connect(Dial.own(server, loop)).addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                result.tryFailure(Failure.of(dialled.cause()));
            } else if (result.isDone()) {
                dialled.getNow().close();
            } else {
                channel = dialled.getNow();
                secure(uri, server, secure);
            }
        });
    }

    private void secure(URI uri, Destination server, boolean secure) {
        Channel open = java.util.Objects.requireNonNull(channel);
        if (!secure) {
            ask(uri, open);
            return;
        }
        tls.secure(open, server, TLS_TIMEOUT).addListener((Future<Channel> secured) -> {
            if (secured.isSuccess()) {
                ask(uri, open);
            } else {
                result.tryFailure(Failure.of(secured.cause()));
            }
        });
    }

    private void ask(URI uri, Channel open) {
        DefaultFullHttpRequest request = request(uri);
        request.headers().set(HttpHeaderNames.USER_AGENT, userAgent);
        if (etag != null) {
            request.headers().set(HttpHeaderNames.IF_NONE_MATCH, etag);
        }
        open.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(MAX_BYTES), new Reply(uri));
        open.writeAndFlush(request);
        open.read();
    }

    private void fail(String why) {
        fail(new Failure(Failure.Kind.HOST_UNREACHABLE, why, new Answered()));
    }

    private void fail(Failure why) {
        result.tryFailure(why);
        if (channel != null) {
            channel.close();
        }
    }

    private void take(URI uri, FullHttpResponse response) {
        if (response.decoderResult().isFailure()) {
            fail("the server's answer is malformed");
            return;
        }
        int status = response.status().code();
        String location = response.headers().get(HttpHeaderNames.LOCATION);
        if (status == 304) {
            result.trySuccess(new Answer(Optional.empty(), Optional.ofNullable(etag), said(response)));
        } else if (status == 200) {
            byte[] content = new byte[response.content().readableBytes()];
            response.content().readBytes(content);
            result.trySuccess(new Answer(
                    Optional.of(content),
                    Optional.ofNullable(response.headers().get(HttpHeaderNames.ETAG)),
                    said(response)));
        } else if (REDIRECTS.contains(status) && location != null) {
            redirect(uri, location);
        } else {
            fail("the server answers " + response.status());
        }
    }

    private static Map<String, String> said(FullHttpResponse response) {
        Map<String, String> said = new LinkedHashMap<>();
        for (String name : KEPT) {
            String value = response.headers().get(name);
            if (value != null && value.length() <= MAX_KEPT) {
                said.put(name, value);
            }
        }
        return said;
    }

    private void redirect(URI from, String location) {
        if (++redirects > MAX_REDIRECTS) {
            fail("redirects more than " + MAX_REDIRECTS + " times");
            return;
        }
        try {
            URI to = from.resolve(location);
            boolean web =
                    "https".equals(to.getScheme()) || "http".equals(to.getScheme()) && "http".equals(from.getScheme());
            if (!web || to.getHost() == null) {
                fail("redirects from " + from.getScheme() + " to " + to.getScheme());
                return;
            }
            open(to);
        } catch (IllegalArgumentException e) {
            fail("redirects to a malformed address");
        }
    }

    private final class Reply extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final URI uri;
        private boolean answered;

        Reply(URI uri) {
            this.uri = uri;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
            answered = true;
            ctx.close();
            take(uri, response);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.read();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof io.netty.channel.socket.ChannelInputShutdownEvent) {
                ctx.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (!answered) {
                result.tryFailure(new Failure(Failure.Kind.HOST_UNREACHABLE, "the connection closed in mid-answer"));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            fail(
                    cause instanceof TooLongFrameException
                            ? "the answer is longer than " + (MAX_BYTES >> 20) + " MiB"
                            : String.valueOf(cause.getMessage()));
        }
    }
}
