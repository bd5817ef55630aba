package dev.fenliu.inbound.socks;

import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.inbound.Recognizer;
import dev.fenliu.inbound.Users;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.slf4j.LoggerFactory;

/** SOCKS of all versions; among other protocols it is told by the first byte. */
public final class SocksAcceptor implements Recognizer {
    private final ListenerContext context;
    private final Users users;
    private final RareLog refusedLogins = new RareLog(LoggerFactory.getLogger(SocksAcceptor.class));

    public SocksAcceptor(ListenerContext context) {
        this.context = context;
        this.users = new Users(context.settings().users());
    }

    @Override
    public Match recognise(ByteBuf first) {
        int version = first.getUnsignedByte(first.readerIndex());
        return version == Socks4.VERSION || version == Socks5.VERSION ? Match.YES : Match.NO;
    }

    @Override
    public void accept(Channel client) {
        client.pipeline().addLast("socks", new SocksHandshake(context, users, refusedLogins));
    }
}
