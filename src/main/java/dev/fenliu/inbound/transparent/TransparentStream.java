package dev.fenliu.inbound.transparent;

import dev.fenliu.inbound.InboundStream;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;

/** A connection that the client believes to have with its destination: yes needs no words, no is a reset. */
record TransparentStream(Flow flow, Channel channel) implements InboundStream {
    @Override
    public boolean speaksFirst() {
        return true;
    }

    @Override
    public void accept() {}

    @Override
    public void refuse(Failure failure) {
        reset(channel);
    }

    static void reset(Channel channel) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        channel.close();
    }
}
