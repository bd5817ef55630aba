package dev.fenliu.sniff;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Reads the server name of a ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3), also one that is spread over several
 * records of TLS, and as soon as the name itself is there.
 */
final class ClientHello {
    static final byte HANDSHAKE = 22;

    private static final String TLS = "tls";
    private static final int RECORD_HEADER = 5;
    private static final int LONGEST_RECORD = 1 << 14;
    private static final int CLIENT_HELLO = 1;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;

    private final Cursor in;
    private final String protocol;

    private ClientHello(ByteBuf hello, String protocol) {
        this.in = new Cursor(hello);
        this.protocol = protocol;
    }

    /**
     * Reads the message alone.
     *
     * @param hello its beginning, or all of it
     * @param protocol what carries it
     */
    static Sniffed read(ByteBuf hello, String protocol) {
        return new ClientHello(hello, protocol).read();
    }

    static Sniffed sniff(ByteBuf bytes) {
        ByteBuf hello = Unpooled.buffer(bytes.readableBytes());
        int at = 0;
        while (bytes.readableBytes() - at >= RECORD_HEADER) {
            int length = bytes.getUnsignedShort(at + 3);
            boolean record = bytes.getByte(at) == HANDSHAKE
                    && bytes.getByte(at + 1) == 3
                    && bytes.getUnsignedByte(at + 2) <= 4
                    && length > 0
                    && length <= LONGEST_RECORD;
            if (!record && at == 0) {
                return Sniffed.NOTHING;
            }
            if (!record) { // early data, or garbage: no more of the hello will come
                return read(hello, TLS).settled();
            }
            at += RECORD_HEADER;
            int here = Math.min(length, bytes.readableBytes() - at);
            hello.writeBytes(bytes, at, here);
            at += length;
            if (here < length) {
                break;
            }
        }
        if (at == 0) {
            return startsRecord(bytes) ? Sniffed.MORE : Sniffed.NOTHING;
        }
        return read(hello, TLS);
    }

    private static boolean startsRecord(ByteBuf bytes) {
        int length = bytes.readableBytes();
        return (length < 2 || bytes.getByte(1) == 3) && (length < 3 || bytes.getUnsignedByte(2) <= 4);
    }

    private Sniffed read() {
        if (in.take(1) != CLIENT_HELLO && !in.isCut()) {
            return Sniffed.NOTHING;
        }
        int end = 4 + in.take(3);
        in.skip(2 + 32); // version, random
        in.skip(in.take(1)); // session
        in.skip(in.take(2)); // cipher suites
        in.skip(in.take(1)); // compressions
        if (in.isCut() || in.at() >= end) {
            return end();
        }
        int extensions = in.take(2);
        end = Math.min(end, in.at() + extensions);
        while (!in.isCut() && in.at() + 4 <= end) {
            int type = in.take(2);
            int length = in.take(2);
            if (type == SERVER_NAME && in.at() + length <= end) {
                return serverName(length);
            }
            in.skip(length);
        }
        return end();
    }

    private Sniffed serverName(int length) {
        int end = in.at() + length;
        in.skip(2); // the list holds one host name at most
        int type = in.take(1);
        int name = in.take(2);
        if (in.isCut() || type != HOST_NAME || in.at() + name > end) {
            return end();
        }
        return in.left() < name ? Sniffed.more(protocol) : Sniffed.done(protocol, in.text(name));
    }

    /** The end of what is there: of the message, or of the bytes at hand. */
    private Sniffed end() {
        return in.isCut() ? Sniffed.more(protocol) : Sniffed.done(protocol);
    }
}
