package dev.fenliu.engine;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A way out whose dials the test answers when it likes. */
final class ScriptedOutbound implements Outbound {
    /** A tunnel for datagrams that writes down what is sent. */
    static final class Tunnel implements PacketTunnel {
        final PacketSink sink;
        final List<String> sent = new ArrayList<>();
        int closed;

        Tunnel(PacketSink sink) {
            this.sink = sink;
        }

        @Override
        public void send(Destination to, ByteBuf payload) {
            sent.add(to + " " + payload.toString(StandardCharsets.UTF_8));
            payload.release();
        }

        @Override
        public void close() {
            closed++;
        }
    }

    final List<Dial> dials = new ArrayList<>();
    final List<Promise<Channel>> streams = new ArrayList<>();
    final List<Promise<PacketTunnel>> associations = new ArrayList<>();
    final List<Tunnel> tunnels = new ArrayList<>();
    /** Fails what is opened for datagrams at once while it is set. */
    Failure failing;

    private final String name;
    private final Set<Transport> transports;

    ScriptedOutbound(String name, Transport... transports) {
        this.name = name;
        this.transports = transports.length == 0 ? EnumSet.allOf(Transport.class) : Set.of(transports);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<Transport> transports() {
        return transports;
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        dials.add(dial);
        Promise<Channel> promise = dial.loop().newPromise();
        streams.add(promise);
        return promise;
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        if (failing != null) {
            return dial.loop().newFailedFuture(failing);
        }
        dials.add(dial);
        Promise<PacketTunnel> promise = dial.loop().newPromise();
        associations.add(promise);
        tunnels.add(new Tunnel(sink));
        return promise;
    }

    /** Opens the association number {@code n}. */
    Tunnel open(int n) {
        associations.get(n).setSuccess(tunnels.get(n));
        return tunnels.get(n);
    }
}
