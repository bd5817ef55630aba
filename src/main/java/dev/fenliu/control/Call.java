package dev.fenliu.control;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request that may be answered.
 *
 * @param parameters of the query
 * @param client its address and port
 * @param loop the client's
 */
record Call(String path, Map<String, List<String>> parameters, InetSocketAddress client, EventLoop loop) {
    /** @throws IllegalArgumentException if {@code target} is no path, or is not escaped as RFC 3986 section 2.1 says */
    static Call of(String target, InetSocketAddress client, EventLoop loop) {
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException("not a path");
        }
        QueryStringDecoder query = new QueryStringDecoder(target);
        return new Call(query.path(), query.parameters(), client, loop);
    }

    /** The first parameter of that name. */
    Optional<String> parameter(String name) {
        return parameters.getOrDefault(name, List.of()).stream().findFirst();
    }
}
