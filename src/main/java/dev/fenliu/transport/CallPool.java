package dev.fenliu.transport;

import dev.fenliu.model.Failure;
import dev.fenliu.net.http2.Connector;
import dev.fenliu.net.http2.Http2Pool;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Streams that are requests of HTTP/2, many on a connection: a PUT whose body and answer are the two directions, or the
 * same as a gRPC call. Payload follows the request at once. Thread-safe.
 */
final class CallPool {
    /** What V2Ray's clients ask for, and its servers expect, when nothing is configured. */
    private static final String NO_HOST = "www.example.com";

    private static final String OK = "200";

    private final TransportOptions options;
    private final List<String> hosts;
    private final boolean secure;
    private final Http2Pool pool;

    /** @param host the server's, with its port where that is not the usual one */
    CallPool(TransportOptions options, String host, boolean secure, Connector connector) {
        this.options = options;
        this.hosts = !options.hosts().isEmpty()
                ? options.hosts()
                : List.of(options.kind() == TransportOptions.Kind.GRPC ? host : NO_HOST);
        this.secure = secure;
        this.pool = new Http2Pool(connector, secure);
    }

    Future<Channel> open(EventLoop loop) {
        Promise<Channel> result = loop.newPromise();
        Future<Channel> opening = pool.open(loop, request(), CallPool::check);
        result.addListener(done -> opening.cancel(false)); // when the caller gives up; else a no-op
        opening.addListener((Future<Channel> opened) -> {
            if (!opened.isSuccess()) {
                result.tryFailure(opened.cause());
                return;
            }
            Channel stream = opened.getNow();
            if (options.kind() == TransportOptions.Kind.GRPC) {
                stream.pipeline().addLast(new GunStream(true));
            }
            if (!result.trySuccess(stream)) {
                stream.unsafe().close(stream.voidPromise());
            }
        });
        return result;
    }

    private Http2Headers request() {
        boolean grpc = options.kind() == TransportOptions.Kind.GRPC;
        Http2Headers request = new DefaultHttp2Headers()
                .method(grpc ? "POST" : "PUT")
                .scheme(secure ? "https" : "http")
                .authority(hosts.get(ThreadLocalRandom.current().nextInt(hosts.size())))
                .path(options.paths().get(0));
        if (grpc) {
            request.add("content-type", StreamRequest.GRPC).add("te", "trailers");
        }
        return request;
    }

    private static void check(Http2Headers response) throws Failure {
        CharSequence status = response.status();
        CharSequence call = response.get("grpc-status"); // an answer that has it at once is all there is
        if (status == null || !OK.contentEquals(status)) {
            throw new Failure(
                    Failure.Kind.TUNNEL_PROTOCOL,
                    "the server answered with status " + status + ": it has no such transport at this path and host");
        }
        if (call != null && !"0".contentEquals(call)) {
            throw new Failure(
                    Failure.Kind.TUNNEL_PROTOCOL,
                    "the server answered with gRPC status " + call + ": it has no such service");
        }
    }

    void close() {
        pool.close();
    }
}
