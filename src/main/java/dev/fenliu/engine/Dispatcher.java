package dev.fenliu.engine;

import dev.fenliu.inbound.DnsClient;
import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import io.netty.util.concurrent.Future;

/** Starts a session for every flow, on the generation that is current at that moment. Safe for concurrent use. */
final class Dispatcher implements FlowHandler {
    private final Engine engine;

    Dispatcher(Engine engine) {
        this.engine = engine;
    }

    @Override
    public void stream(InboundStream stream) {
        Reception reception = engine.reception(stream.flow());
        if (reception != null) {
            reception.take(stream);
        } else {
            new StreamSession(stream, engine, engine.current()).start();
        }
    }

    @Override
    public PacketFlow packets(InboundPackets packets) {
        PacketSession session = new PacketSession(packets, engine);
        session.start();
        return session;
    }

    @Override
    public boolean takesQueries() {
        return engine.takesQueries();
    }

    @Override
    public Future<byte[]> query(byte[] message, DnsClient client) {
        return NameQuery.answer(message, client, engine);
    }

    @Override
    public String autoConfig(Destination proxy, boolean direct) {
        return engine.current().autoConfig().script(proxy, direct);
    }

    @Override
    public long nextId() {
        return engine.nextId();
    }
}
