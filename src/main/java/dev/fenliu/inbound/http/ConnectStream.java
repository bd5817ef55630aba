package dev.fenliu.inbound.http;

import dev.fenliu.inbound.InboundStream;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;

/** A CONNECT request that waits for its answer (RFC 9110 section 9.3.6). */
record ConnectStream(Flow flow, Channel channel, RequestHead request) implements InboundStream {
    @Override
    public void accept() {
        channel.writeAndFlush(ByteBufUtil.writeAscii(channel.alloc(), "HTTP/1.1 200 Connection established\r\n\r\n"));
    }

    @Override
    public void refuse(Failure failure) {
        boolean local = flow.source().getAddress().isLoopbackAddress();
        channel.write(Reply.of(failure).encode(channel.alloc(), request, true, local));
        Drain.start(channel);
    }
}
