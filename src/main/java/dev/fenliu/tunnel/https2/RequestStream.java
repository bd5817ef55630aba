package dev.fenliu.tunnel.https2;

import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.Users;
import dev.fenliu.inbound.http.HttpAcceptor;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.site.OneRequest;
import dev.fenliu.net.site.Site;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * A stream of HTTP/2 at the server end until its request is there. A CONNECT that logs in is a flow, a request for an
 * http URI that does is one of the proxy, which also asks for the login where that may be; all others are the site's,
 * whatever they lack. Confined to the event loop.
 */
final class RequestStream extends ChannelInboundHandlerAdapter {
    private final ListenerContext context;
    private final Users users;
    private final ChallengeHost challenge;
    private final HttpAcceptor proxy;
    private final Site site;

    RequestStream(ListenerContext context, Users users, ChallengeHost challenge, HttpAcceptor proxy, Site site) {
        this.context = context;
        this.users = users;
        this.challenge = challenge;
        this.proxy = proxy;
        this.site = site;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof Http2HeadersFrame head)) {
            ReferenceCountUtil.release(message);
            return;
        }
        Channel stream = ctx.channel();
        if (stream.remoteAddress() == null) {
            stream.close(); // it has gone already
            return;
        }
        Http2Headers headers = head.headers();
        Users.Account account = users.account(text(headers.get("proxy-authorization")));
        boolean connect = "CONNECT".contentEquals(orEmpty(headers.method()));
        if (account != null && connect) {
            connect(stream, headers, account);
        } else if ((connect || "http".contentEquals(orEmpty(headers.scheme())))
                && (account != null || challenge.asked(orEmpty(headers.authority())))) {
            forward(stream, headers, head.isEndStream());
        } else {
            site.answer(stream, headers, head.isEndStream());
        }
        ctx.pipeline().remove(this);
    }

    private void forward(Channel stream, Http2Headers headers, boolean whole) {
        OneRequest connection = OneRequest.toProxy(headers, whole);
        if (connection == null) {
            ConnectStream.refuse(stream, 400, "this is no request of HTTP/1.1");
        } else {
            stream.pipeline().addLast(connection);
            proxy.accept(stream);
        }
    }

    private void connect(Channel stream, Http2Headers headers, Users.Account account) {
        CharSequence protocol = headers.get(Http2Headers.PseudoHeaderName.PROTOCOL.value());
        Destination destination;
        try {
            destination = protocol == null
                    ? Destination.parse(orEmpty(headers.authority()).toString())
                    : UdpPath.parse(orEmpty(headers.path()).toString());
        } catch (IllegalArgumentException e) {
            ConnectStream.refuse(stream, 400, e.getMessage());
            return;
        }
        if (protocol == null) {
            context.handler().stream(new ConnectStream(context.flow(stream, destination, account.user()), stream));
        } else if ("connect-udp".contentEquals(protocol)) {
            new ServerPackets(
                            context.settings().name(),
                            ListenerContext.source(stream),
                            account.user(),
                            stream.eventLoop(),
                            destination)
                    .start(context.handler(), stream);
        } else {
            ConnectStream.refuse(stream, new Failure(Failure.Kind.UNSUPPORTED, "this protocol is not known"));
        }
    }

    private static @Nullable String text(@Nullable CharSequence value) {
        return value == null ? null : value.toString();
    }

    private static CharSequence orEmpty(@Nullable CharSequence value) {
        return value == null ? "" : value;
    }
}
