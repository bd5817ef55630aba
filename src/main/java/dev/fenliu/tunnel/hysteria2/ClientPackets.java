package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/** A UDP session at the client end. The server is not told that it ends. Confined to the connection's event loop. */
final class ClientPackets implements PacketTunnel {
    private final int session;
    private final Datagrams datagrams;
    private final PacketSink sink;
    private final Consumer<ClientPackets> ended;
    private final Reassembly reassembly = new Reassembly();
    private boolean closed;

    /** @param ended told when it is closed, from here or by the connection */
    ClientPackets(int session, Datagrams datagrams, PacketSink sink, Consumer<ClientPackets> ended) {
        this.session = session;
        this.datagrams = datagrams;
        this.sink = sink;
        this.ended = ended;
    }

    int session() {
        return session;
    }

    @Override
    public void send(Destination to, ByteBuf payload) {
        if (closed) {
            payload.release();
        } else {
            datagrams.send(session, to, payload);
        }
    }

    void receive(UdpMessage message) {
        ByteBuf payload = message.peer() == null ? null : reassembly.add(message);
        if (payload != null && message.peer() != null) {
            sink.receive(message.peer(), payload);
        }
    }

    /** The connection has ended. */
    void lost(Failure why) {
        if (!closed) {
            close();
            sink.closed(why);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            reassembly.close();
            ended.accept(this);
        }
    }
}
