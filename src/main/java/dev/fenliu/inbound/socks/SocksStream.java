package dev.fenliu.inbound.socks;

import dev.fenliu.inbound.InboundStream;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;

/** A CONNECT that waits for its answer. */
record SocksStream(Flow flow, Channel channel, int version) implements InboundStream {
    @Override
    public void accept() {
        channel.writeAndFlush(version == Socks4.VERSION ? Socks4.reply(true) : Socks5.reply(Socks5.SUCCEEDED));
    }

    @Override
    public void refuse(Failure failure) {
        refuse(channel, version, Socks5.reply(failure.kind()));
    }

    /** Says no and closes. */
    static void refuse(Channel channel, int version, int reply) {
        ByteBuf bytes = version == Socks4.VERSION ? Socks4.reply(false) : Socks5.reply(reply);
        channel.writeAndFlush(bytes).addListener(ChannelFutureListener.CLOSE);
    }
}
