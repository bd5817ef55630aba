package dev.fenliu.inbound.http;

import dev.fenliu.inbound.InboundStream;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import io.netty.channel.Channel;

/** The requests of one client to one origin; its answer is the origin's, or an error page to the first request. */
record ExchangeStream(Flow flow, ExchangeChannel exchange) implements InboundStream {
    @Override
    public Channel channel() {
        return exchange;
    }

    @Override
    public boolean speaksFirst() {
        return true;
    }

    @Override
    public void accept() {
        // the origin's response is the answer
    }

    @Override
    public void refuse(Failure failure) {
        exchange.refuse(failure);
    }
}
