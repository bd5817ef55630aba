package dev.fenliu.inbound.socks;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;

/** What SOCKS 5 says in bytes (RFC 1928, RFC 1929). */
final class Socks5 {
    static final int VERSION = 5;

    static final int NO_LOGIN = 0;
    static final int PASSWORD = 2;
    static final int NO_METHOD = 0xff;
    static final int PASSWORD_VERSION = 1;

    static final int CONNECT = 1;
    static final int UDP_ASSOCIATE = 3;

    static final int SUCCEEDED = 0;
    static final int GENERAL_FAILURE = 1;
    static final int NOT_ALLOWED = 2;
    static final int NETWORK_UNREACHABLE = 3;
    static final int HOST_UNREACHABLE = 4;
    static final int CONNECTION_REFUSED = 5;
    static final int COMMAND_NOT_SUPPORTED = 7;
    static final int ADDRESS_TYPE_NOT_SUPPORTED = 8;

    private Socks5() {}

    /** The reply to a request (RFC 1928 section 6), with the address 0.0.0.0:0. */
    static ByteBuf reply(int code) {
        return Unpooled.wrappedBuffer(new byte[] {VERSION, (byte) code, 0, 1, 0, 0, 0, 0, 0, 0});
    }

    /** The reply that names the address where datagrams are taken. */
    static ByteBuf associated(InetSocketAddress relay) {
        ByteBuf out = Unpooled.buffer(22);
        out.writeByte(VERSION).writeByte(SUCCEEDED).writeByte(0);
        SocksAddress.write(new Destination(Host.of(relay.getAddress()), relay.getPort()), out);
        return out;
    }

    /** Which reply says what went wrong; SOCKS 4 has just one. */
    static int reply(Failure.Kind kind) {
        return switch (kind) {
            case BLOCKED, FORBIDDEN, LOOP -> NOT_ALLOWED;
            case NETWORK_UNREACHABLE -> NETWORK_UNREACHABLE;
            case UNRESOLVED, RESOLVER_FAILED, RESOLVER_TIMEOUT, HOST_UNREACHABLE, TIMEOUT -> HOST_UNREACHABLE;
            case REFUSED -> CONNECTION_REFUSED;
            case UNSUPPORTED -> COMMAND_NOT_SUPPORTED;
            case TUNNEL_DOWN, TUNNEL_PROTOCOL, TUNNEL_CERTIFICATE, OVERLOADED, CLIENT_GONE, INTERNAL -> GENERAL_FAILURE;
        };
    }
}
