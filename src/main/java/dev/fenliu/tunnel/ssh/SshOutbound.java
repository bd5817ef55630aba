package dev.fenliu.tunnel.ssh;

import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.Upstream;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.util.Set;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.session.ConnectionService;

/**
 * The client end: all streams share one SSH connection to the server, which is made when the first needs it. Names go to
 * the server as they are. SSH has no datagrams. Safe for concurrent use.
 */
final class SshOutbound implements Outbound {
    private final Upstream upstream;
    private final SshLink link;

    SshOutbound(Upstream upstream, SshLogin login, KnownHosts knownHosts) {
        this.upstream = upstream;
        this.link = new SshLink(upstream, login, knownHosts);
    }

    @Override
    public String name() {
        return upstream.outbound();
    }

    @Override
    public Set<Transport> transports() {
        return Set.of(Transport.TCP);
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        Promise<Channel> result = dial.loop().newPromise();
        link.session().addListener((Future<ClientSession> done) -> {
            if (done.isSuccess()) {
                open(dial, done.getNow(), result);
            } else {
                result.tryFailure(upstream.named(Failure.of(done.cause())));
            }
        });
        return result;
    }

    /** On the thread of the connection. */
    private void open(Dial dial, ClientSession session, Promise<Channel> result) {
        if (result.isDone()) {
            return; // the caller has given up
        }
        if (link.isAlive()) {
            dial.loop().execute(dial.reached());
        }
        DirectTcpip channel = new DirectTcpip(dial.destination(), dial.loop());
        SshStream stream = channel.stream();
        try {
            session.getService(ConnectionService.class).registerChannel(channel);
            link.watch(channel);
            channel.open().addListener(opened -> dial.loop().execute(() -> opened(dial, opened, stream, result)));
            result.addListener(done -> {
                if (!done.isSuccess()) {
                    channel.close();
                }
            });
        } catch (IOException | RuntimeException e) {
            String why = "the connection to " + upstream.server() + " has ended";
            result.tryFailure(upstream.named(new Failure(Failure.Kind.TUNNEL_DOWN, why, e)));
        }
    }

    private void opened(Dial dial, OpenFuture opened, SshStream stream, Promise<Channel> result) {
        if (!opened.isOpened()) {
            result.tryFailure(refused(dial, opened.getException()));
            return;
        }
        dial.loop().register(stream);
        if (!result.trySuccess(stream)) {
            stream.close();
        }
    }

    /** What RFC 4254 section 5.1 has for reasons. */
    private Failure refused(Dial dial, Throwable cause) {
        if (cause instanceof SshChannelOpenException refusal) {
            String text = dial.destination() + ": the server says: " + refusal.getMessage();
            return switch (refusal.getReasonCode()) {
                case SshConstants.SSH_OPEN_CONNECT_FAILED -> new Failure(Failure.Kind.HOST_UNREACHABLE, text, cause);
                case SshConstants.SSH_OPEN_RESOURCE_SHORTAGE ->
                    upstream.named(new Failure(Failure.Kind.OVERLOADED, text, cause).by(Ender.UPSTREAM));
                default ->
                    upstream.named(new Failure(
                            Failure.Kind.TUNNEL_PROTOCOL, text + " (does it allow TCP forwarding?)", cause));
            };
        }
        String text = "the connection to " + upstream.server() + " has ended";
        return upstream.named(new Failure(Failure.Kind.TUNNEL_DOWN, text, cause));
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        String text = "outbound \"" + name() + "\" carries no UDP";
        return dial.loop().newFailedFuture(new Failure(Failure.Kind.UNSUPPORTED, text));
    }

    @Override
    public void close() {
        link.retire();
    }
}
