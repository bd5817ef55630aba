package dev.fenliu.transport;

import dev.fenliu.model.Failure;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.Negotiation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A client's upgrade of HTTP/1.1: to a WebSocket (RFC 6455 section 4.1), or to nothing but the bare stream, which sends the
 * same request without a key.
 */
final class UpgradeNegotiation implements Negotiation {
    private final TransportOptions options;
    private final String host;
    private final String early;
    private final String key;
    private final Head.Reader reader = new Head.Reader();

    /**
     * @param host for a request whose options name none
     * @param early payload that travels with the request; may be empty
     */
    UpgradeNegotiation(TransportOptions options, String host, byte[] early) {
        this.options = options;
        int hosts = options.hosts().size();
        this.host = hosts == 0
                ? host
                : options.hosts().get(ThreadLocalRandom.current().nextInt(hosts));
        this.early = Base64.getUrlEncoder().withoutPadding().encodeToString(early);
        this.key = options.kind() == TransportOptions.Kind.WS ? WebSocketKey.fresh() : "";
    }

    @Override
    public Stage begin(ByteBuf out) {
        StringBuilder request = new StringBuilder("GET ").append(options.path()).append(" HTTP/1.1\r\n");
        request.append("Host: ").append(host).append("\r\nUser-Agent: Mozilla/5.0\r\n");
        request.append("Connection: Upgrade\r\nUpgrade: websocket\r\n");
        if (!key.isEmpty()) {
            request.append("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ")
                    .append(key)
                    .append("\r\n");
        }
        if (!early.isEmpty()) {
            request.append("Sec-WebSocket-Protocol: ").append(early).append("\r\n");
        }
        ByteBufUtil.writeAscii(out, request.append("\r\n"));
        return Stage.GREETING;
    }

    @Override
    public Stage proceed(ByteBuf in, ByteBuf out) throws Failure {
        Head head;
        try {
            head = reader.read(in);
        } catch (GarbageException e) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "the server's answer to the upgrade is not HTTP/1.1", e);
        }
        if (head == null) {
            return Stage.GREETING;
        }
        if (!head.start().matches("HTTP/1\\.1 101( .*)?")) {
            String status = head.start().matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")
                    ? head.start().substring(9, 12)
                    : "that is none";
            throw new Failure(
                    Failure.Kind.TUNNEL_PROTOCOL,
                    "the server answered the upgrade with status " + status
                            + ": it has no such transport at this path and host");
        }
        boolean agreed = head.has("connection", "upgrade") && head.has("upgrade", "websocket");
        if (!agreed || !key.isEmpty() && !WebSocketKey.accept(key).equals(head.field("sec-websocket-accept"))) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "the server upgraded to something else than was asked for");
        }
        return Stage.DONE;
    }

    @Override
    public Failure ended() {
        return new Failure(Failure.Kind.TUNNEL_DOWN, "the server closed the connection instead of upgrading it");
    }
}
