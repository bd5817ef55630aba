package dev.fenliu.inbound;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Takes flows and leaves their answer to the test. */
public final class RecordedFlows implements FlowHandler {
    public final List<InboundStream> streams = new ArrayList<>();

    @Override
    public void stream(InboundStream stream) {
        streams.add(stream);
    }

    @Override
    public PacketFlow packets(InboundPackets packets) {
        return new PacketFlow() {
            @Override
            public void receive(Destination to, ByteBuf payload) {
                payload.release();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public long nextId() {
        return streams.size();
    }

    /** A listener on loopback with users given as name, password, name, password. */
    public static ListenerSettings settings(String type, String... users) {
        Map<String, Secret> passwords = new HashMap<>();
        for (int i = 0; i < users.length; i += 2) {
            passwords.put(users[i], new Secret(users[i + 1]));
        }
        return new ListenerSettings(
                type, type, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), passwords, false);
    }

    public ListenerContext context(String type, String... users) {
        return new ListenerContext(
                settings(type, users),
                this,
                dial -> dial.loop().newFailedFuture(new Failure(Failure.Kind.INTERNAL, "not in this test")));
    }
}
