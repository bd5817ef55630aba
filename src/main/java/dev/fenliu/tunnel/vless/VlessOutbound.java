package dev.fenliu.tunnel.vless;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketStream;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.Preface;
import dev.fenliu.outbound.Doubt;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.PacketStreams;
import dev.fenliu.outbound.Upstream;
import dev.fenliu.outbound.Uuid;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client end: a TLS connection for each stream, and for each destination of a UDP association. The server answers
 * together with the first payload, so a wrong UUID or an unreachable origin shows only as a stream that ends, or as one in
 * which a web site answers. The end of a stream is a close_notify. Of the servers seen, V2Ray 4.34 and Xray 26.7 do not pass
 * it on, yet let an answer through that comes within a second; sing-box 1.14 and mihomo take it for the end of both
 * directions. Safe for concurrent use.
 */
final class VlessOutbound implements Outbound {
    private static final Logger LOG = LoggerFactory.getLogger(VlessOutbound.class);

    private final Upstream upstream;
    private final byte[] uuid;
    private final RareLog badAnswers = new RareLog(LOG);
    private final Doubt doubt;

    VlessOutbound(Upstream upstream, Secret uuid) {
        this.upstream = upstream;
        this.uuid = Uuid.bytes(uuid);
        this.doubt = new Doubt(LOG, upstream, () -> "does it know this uuid?");
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
        return upstream.connect(dial, request(dial, VlessRequest.Command.STREAM));
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        return PacketStreams.open(dial, sink, this::openStream);
    }

    private Future<PacketTunnel> openStream(Dial dial, PacketSink sink) {
        return upstream.connectPackets(
                dial,
                request(dial, VlessRequest.Command.DATAGRAMS),
                failure -> new PacketStream(new LengthFraming(dial.destination()), sink, failure));
    }

    /** Leaves the request in the pipeline for the first write to take along. */
    private Consumer<Channel> request(Dial dial, VlessRequest.Command command) {
        return channel -> {
            ByteBuf request = channel.alloc().buffer(VlessRequest.MAX_BYTES);
            VlessRequest.encode(uuid, command, dial.destination(), request);
            channel.pipeline().addLast(new AnswerHead(this), Preface.request(request)); // no names: VLESS in VLESS
        };
    }

    /** Whether the server knows the UUID. */
    Doubt doubt() {
        return doubt;
    }

    /** What answers is not VLESS. */
    Failure garbled() {
        Failure failure = upstream.named(new Failure(
                Failure.Kind.TUNNEL_PROTOCOL,
                upstream.server()
                        + ": what answers is not VLESS; a server shows strangers a web site: does it know this"
                        + " uuid?"));
        badAnswers.warn(failure.text());
        return failure;
    }
}
