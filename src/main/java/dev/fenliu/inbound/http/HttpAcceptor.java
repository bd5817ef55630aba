package dev.fenliu.inbound.http;

import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.inbound.Recognizer;
import dev.fenliu.inbound.Users;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.LoggerFactory;

/** HTTP; among other protocols it is told by a method and a space. */
public final class HttpAcceptor implements Recognizer {
    private static final int MAX_METHOD = 32;

    private final ListenerContext context;
    private final Users users;
    private final boolean fallback;
    private final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();
    private final RareLog refusedLogins = new RareLog(LoggerFactory.getLogger(HttpAcceptor.class));

    public HttpAcceptor(ListenerContext context) {
        this(context, false);
    }

    /** @param fallback whether {@code proxy.pac} lets browsers go direct when they do not reach us, for what goes direct */
    public HttpAcceptor(ListenerContext context, boolean fallback) {
        this(context, new Users(context.settings().users()), fallback);
    }

    /** @param users who may use it, whatever the settings say */
    public HttpAcceptor(ListenerContext context, Users users, boolean fallback) {
        this.fallback = fallback;
        this.context = context;
        this.users = users;
    }

    @Override
    public Match recognise(ByteBuf first) {
        for (int i = 0; i < first.readableBytes(); i++) {
            int b = first.getUnsignedByte(first.readerIndex() + i);
            if (b == ' ' && i > 0) {
                return Match.YES;
            }
            if (i == MAX_METHOD || !HttpHead.isTokenByte(b)) {
                return Match.NO;
            }
        }
        return Match.MORE;
    }

    @Override
    public void accept(Channel client) {
        HttpConnection connection = new HttpConnection(client, context, users, refusedLogins, fallback);
        open.add(connection);
        client.closeFuture().addListener(closed -> open.remove(connection));
        client.pipeline().addLast("http", connection);
    }

    /** So that nobody goes on by a password that is no more: the request under way is the connection's last. */
    @Override
    public void retire() {
        open.forEach(HttpConnection::retire);
    }
}
