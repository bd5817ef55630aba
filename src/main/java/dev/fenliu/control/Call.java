package dev.fenliu.control;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request that may be answered.
 *
 * @param parameters of the query
 * @param local where the client reached us
 * @param client its address and port
 * @param loop the client's
 */
record Call(
        String path,
        Map<String, List<String>> parameters,
        InetAddress local,
        InetSocketAddress client,
        EventLoop loop) {
    /** @throws IllegalArgumentException if {@code target} is no path, or is not escaped as RFC 3986 section 2.1 says */
    static Call of(String target, Channel channel) {
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException("not a path");
        }
        QueryStringDecoder query = new QueryStringDecoder(target);
        return new Call(
                query.path(),
                query.parameters(),
                ((InetSocketAddress) channel.localAddress()).getAddress(),
                (InetSocketAddress) channel.remoteAddress(),
                channel.eventLoop());
    }

    /** The first parameter of that name. */
    Optional<String> parameter(String name) {
        return parameters.getOrDefault(name, List.of()).stream().findFirst();
    }
}
