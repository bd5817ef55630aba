package dev.fenliu.tunnel.http;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Negotiation;
import dev.fenliu.outbound.Login;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** One CONNECT request and its answer (RFC 9110 section 9.3.6), with Basic authentication (RFC 7617) in UTF-8. */
final class ConnectNegotiation implements Negotiation {
    private final Destination destination;
    private final Optional<Login> login;
    private final ResponseHead head = new ResponseHead();

    ConnectNegotiation(Destination destination, Optional<Login> login) {
        this.destination = destination;
        this.login = login;
    }

    @Override
    public Stage begin(ByteBuf out) {
        ByteBufUtil.writeAscii(out, "CONNECT " + destination + " HTTP/1.1\r\nHost: " + destination + "\r\n");
        login.ifPresent(it -> {
            String pair = it.username() + ":" + it.password().value();
            String token = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
            ByteBufUtil.writeAscii(out, "Proxy-Authorization: Basic " + token + "\r\n");
        });
        ByteBufUtil.writeAscii(out, "\r\n");
        return Stage.ASKING; // the answer about us and the answer about the origin are one
    }

    @Override
    public Stage proceed(ByteBuf in, ByteBuf out) throws Failure {
        int status = head.read(in);
        if (status == 0) {
            return Stage.ASKING;
        }
        if (status < 300) {
            return Stage.DONE; // no body, whatever the headers say
        }
        throw refusal(status);
    }

    private Failure refusal(int status) {
        String said = destination + ": the upstream answered with status " + status;
        return switch (status) {
            case 403 -> new Failure(Failure.Kind.FORBIDDEN, said + ": refused by its rules");
            case 407 ->
                new Failure(
                        Failure.Kind.TUNNEL_PROTOCOL,
                        login.isPresent()
                                ? "the upstream refused the user name or password (status 407)"
                                : "the upstream asks for a user name and password (status 407)");
            case 504 -> new Failure(Failure.Kind.TIMEOUT, said);
            default ->
                status >= 500
                        ? new Failure(Failure.Kind.HOST_UNREACHABLE, said)
                        : new Failure(Failure.Kind.TUNNEL_PROTOCOL, said + " to CONNECT");
        };
    }

    @Override
    public Failure ended() {
        return new Failure(Failure.Kind.TUNNEL_DOWN, "the upstream closed the connection instead of answering");
    }
}
