package dev.fenliu.engine;

import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The association of a client that speaks to a fake address: whatever answers what was sent to its name does so from there.
 *
 * @param fake the address
 */
record FakeReplies(InboundPackets client, Host fake) implements InboundPackets {
    @Override
    public String listener() {
        return client.listener();
    }

    @Override
    public InetSocketAddress source() {
        return client.source();
    }

    @Override
    public Optional<String> user() {
        return client.user();
    }

    @Override
    public EventLoop loop() {
        return client.loop();
    }

    @Override
    public void send(Destination from, ByteBuf payload) {
        client.send(new Destination(fake, from.port()), payload);
    }

    @Override
    public void refuse(Failure failure) {
        client.refuse(failure);
    }
}
