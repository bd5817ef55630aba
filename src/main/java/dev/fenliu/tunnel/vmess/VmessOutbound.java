package dev.fenliu.tunnel.vmess;

import dev.fenliu.inbound.RareLog;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Preface;
import dev.fenliu.outbound.Doubt;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.PacketStreams;
import dev.fenliu.outbound.Upstream;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client end: a connection for each stream, and for each destination of a UDP association. A server that does not know
 * the UUID, or whose clock is more than two minutes away from ours, says nothing and closes. The end of a stream is an empty
 * chunk and the end of the connection's half. Of the servers seen, mihomo passes it on; V2Ray 4.34 and Xray 26.7 do not, yet
 * let an answer through that comes within a second; sing-box 1.14 takes it for the end of both directions. Safe for
 * concurrent use.
 */
final class VmessOutbound implements Outbound {
    private static final Logger LOG = LoggerFactory.getLogger(VmessOutbound.class);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Upstream upstream;
    private final UserKey user;
    private final Security security;
    private final LongSupplier clock;
    private final RareLog badAnswers = new RareLog(LOG);
    private final Doubt doubt;

    /** @param clock seconds since 1970 */
    VmessOutbound(Upstream upstream, UserKey user, Security security, LongSupplier clock) {
        this.upstream = upstream;
        this.user = user;
        this.security = security;
        this.clock = clock;
        this.doubt = new Doubt(
                LOG,
                upstream,
                () -> "does it know this uuid, and are both clocks right? They may differ by two minutes");
    }

    @Override
    public String name() {
        return upstream.outbound();
    }

    @Override
    public Set<Transport> transports() {
        return EnumSet.allOf(Transport.class);
    }

    @Override
    public void close() {
        upstream.close();
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        return upstream.connect(dial, request(dial, Session.Command.STREAM));
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        return PacketStreams.open(dial, sink, this::openStream);
    }

    private Future<PacketTunnel> openStream(Dial dial, PacketSink sink) {
        return upstream.connectPackets(
                dial,
                request(dial, Session.Command.DATAGRAMS),
                failure -> new ChunkPackets(dial.destination(), sink, failure));
    }

    /** Leaves the request in the pipeline for the first write to take along. */
    private Consumer<Channel> request(Dial dial, Session.Command command) {
        return channel -> {
            Session session = new Session(security, RANDOM);
            byte[] request = session.request(user, command, dial.destination(), clock.getAsLong());
            channel.pipeline()
                    .addLast(
                            Preface.request(Unpooled.wrappedBuffer(request)), // no names: VMess may run inside VMess
                            new VmessCodec(this, session, command));
        };
    }

    /** Whether the server knows the UUID. */
    Doubt doubt() {
        return doubt;
    }

    /** The server sent what does not open. */
    Failure garbled(Failure cause) {
        Failure failure =
                upstream.named(new Failure(Failure.Kind.TUNNEL_PROTOCOL, upstream.server() + ": " + cause.text()));
        badAnswers.warn(failure.text());
        return failure;
    }
}
