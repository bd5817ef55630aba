package dev.fenliu.engine;

import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A client's UDP association that writes down what it is sent. */
final class RecordedPackets implements InboundPackets {
    final EmbeddedChannel home = new EmbeddedChannel();
    final List<String> received = new ArrayList<>();
    final List<Failure> refusals = new ArrayList<>();
    final List<String> unreachable = new ArrayList<>();
    final PacketFlow flow;

    RecordedPackets(Engine engine) {
        flow = engine.handler().packets(this);
    }

    @Override
    public String listener() {
        return "in";
    }

    @Override
    public InetSocketAddress source() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 50000);
    }

    @Override
    public Optional<String> user() {
        return Optional.empty();
    }

    @Override
    public EventLoop loop() {
        return home.eventLoop();
    }

    @Override
    public void send(Destination from, ByteBuf payload) {
        received.add(from + " " + payload.toString(StandardCharsets.UTF_8));
        payload.release();
    }

    @Override
    public void refuse(Destination to) {
        unreachable.add(to.toString());
    }

    @Override
    public void refuse(Failure failure) {
        refusals.add(failure);
        flow.close();
    }
}
