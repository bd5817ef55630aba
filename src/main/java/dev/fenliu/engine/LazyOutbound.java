package dev.fenliu.engine;

import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An outbound that is made when it is first wanted: of the thousands of nodes of a subscription few ever are. Thread-safe. */
final class LazyOutbound implements Outbound {
    private final String name;
    private final Supplier<Outbound> maker;
    private volatile @Nullable Outbound made;

    LazyOutbound(String name, Supplier<Outbound> maker) {
        this.name = name;
        this.maker = maker;
    }

    private Outbound made() {
        Outbound known = made;
        if (known == null) {
            synchronized (maker) {
                known = made;
                if (known == null) {
                    known = maker.get();
                    made = known;
                }
            }
        }
        return known;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<Transport> transports() {
        return made().transports();
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        return made().connect(dial);
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        return made().openPackets(dial, sink);
    }

    @Override
    public void close() {
        Outbound known = made;
        if (known != null) {
            known.close();
        }
    }
}
