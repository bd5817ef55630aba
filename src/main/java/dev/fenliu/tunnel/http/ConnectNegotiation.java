package dev.fenliu.tunnel.http;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Negotiation;
import dev.fenliu.outbound.ConnectRefusal;
import dev.fenliu.outbound.Login;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
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
        login.ifPresent(it -> ByteBufUtil.writeAscii(out, "Proxy-Authorization: " + it.basic() + "\r\n"));
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
        throw ConnectRefusal.of(status, null, destination, login.isPresent());
    }

    @Override
    public Failure ended() {
        return new Failure(Failure.Kind.TUNNEL_DOWN, "the upstream closed the connection instead of answering");
    }
}
