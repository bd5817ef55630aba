package dev.fenliu.tunnel.https2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Deadline;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.net.http2.Answer;
import dev.fenliu.net.http2.Http2Pool;
import dev.fenliu.outbound.ConnectRefusal;
import dev.fenliu.outbound.Login;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.Upstream;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The client end: a stream for each flow, on connections that flows share. Safe for concurrent use. */
final class Https2Outbound implements Outbound {
    private final Upstream upstream;
    private final Optional<Login> login;
    private final @Nullable String credentials;
    private final Http2Pool pool;

    Https2Outbound(Upstream upstream, Optional<Login> login) {
        this.upstream = upstream;
        this.login = login;
        this.credentials = login.map(Login::basic).orElse(null);
        this.pool = new Http2Pool(loop -> upstream.reach(Dial.own(upstream.server(), loop)), true);
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
    public Future<Channel> connect(Dial dial) {
        Destination destination = dial.destination();
        Http2Headers request = request("CONNECT").authority(destination.toString());
        return timed(dial, pool.ask(dial.loop(), request, answer(dial, destination)));
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        Promise<PacketTunnel> result = dial.loop().newPromise();
        Future<Channel> first = udp(dial, dial.destination());
        result.addListener(done -> first.cancel(false)); // a no-op unless the caller gave up
        first.addListener((Future<Channel> opened) -> {
            if (!opened.isSuccess()) {
                result.tryFailure(opened.cause());
                return;
            }
            ClientPackets packets = new ClientPackets(dial.loop(), sink, destination -> udp(dial, destination));
            packets.add(dial.destination(), opened.getNow());
            if (!result.trySuccess(packets)) {
                packets.close();
            }
        });
        return result;
    }

    private Future<Channel> udp(Dial dial, Destination destination) {
        Http2Headers request = request("CONNECT")
                .set(Http2Headers.PseudoHeaderName.PROTOCOL.value(), "connect-udp")
                .scheme("https")
                .authority(upstream.server().toString())
                .path(UdpPath.of(destination))
                .set("capsule-protocol", "?1");
        return timed(dial, pool.askExtended(dial.loop(), request, answer(dial, destination)));
    }

    private Http2Headers request(String method) {
        Http2Headers headers = new DefaultHttp2Headers(false).method(method);
        if (credentials != null) {
            headers.set("proxy-authorization", credentials);
        }
        return headers;
    }

    private Answer answer(Dial dial, Destination destination) {
        return new Answer() {
            @Override
            public void check(Http2Headers response) throws Failure {
                Https2Outbound.this.check(response, destination);
            }

            @Override
            public void reached() {
                dial.reached().run();
            }
        };
    }

    private void check(Http2Headers response, Destination destination) throws Failure {
        int status = status(response);
        if (status < 200 || status >= 300) {
            CharSequence why = response.get("proxy-status");
            throw ConnectRefusal.of(status, why == null ? null : why.toString(), destination, login.isPresent());
        }
    }

    private static int status(Http2Headers response) throws Failure {
        CharSequence status = response.status();
        if (status == null || status.length() != 3 || !status.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "the upstream answered without a status");
        }
        return Integer.parseInt(status.toString());
    }

    /** The same in bounded time, with failures that name the outbound. */
    private Future<Channel> timed(Dial dial, Future<Channel> asked) {
        Promise<Channel> result = dial.loop().newPromise();
        Deadline deadline = Deadline.start(
                dial.loop(),
                Upstream.ANSWER_TIMEOUT,
                () -> result.tryFailure(upstream.named(new Failure(
                        Failure.Kind.TIMEOUT,
                        dial.destination() + ": no answer from " + upstream.server() + " in time"))));
        result.addListener(done -> {
            deadline.cancel();
            asked.cancel(false); // when the caller gives up, or the time is over; else a no-op
        });
        asked.addListener((Future<Channel> done) -> {
            if (!done.isSuccess()) {
                result.tryFailure(upstream.named(Failure.of(done.cause())));
            } else if (!result.trySuccess(done.getNow())) {
                done.getNow().unsafe().close(done.getNow().voidPromise());
            }
        });
        return result;
    }

    @Override
    public void close() {
        pool.close();
    }
}
