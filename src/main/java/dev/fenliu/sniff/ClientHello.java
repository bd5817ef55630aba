package dev.fenliu.sniff;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Reads the server name of a TLS ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3), also one that is spread over
 * several records, and as soon as the name itself is there.
 */
final class ClientHello {
    static final byte HANDSHAKE = 22;

    private static final String TLS = "tls";
    private static final int RECORD_HEADER = 5;
    private static final int LONGEST_RECORD = 1 << 14;
    private static final int CLIENT_HELLO = 1;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;

    private final ByteBuf hello;
    private boolean cut;

    private ClientHello(ByteBuf hello) {
        this.hello = hello;
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
                return new ClientHello(hello).read().settled();
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
        return new ClientHello(hello).read();
    }

    private static boolean startsRecord(ByteBuf bytes) {
        int length = bytes.readableBytes();
        return (length < 2 || bytes.getByte(1) == 3) && (length < 3 || bytes.getUnsignedByte(2) <= 4);
    }

    private Sniffed read() {
        if (take(1) != CLIENT_HELLO && !cut) {
            return Sniffed.NOTHING;
        }
        int end = 4 + take(3);
        skip(2 + 32); // version, random
        skip(take(1)); // session
        skip(take(2)); // cipher suites
        skip(take(1)); // compressions
        if (cut || hello.readerIndex() >= end) {
            return end();
        }
        int extensions = take(2);
        end = Math.min(end, hello.readerIndex() + extensions);
        while (!cut && hello.readerIndex() + 4 <= end) {
            int type = take(2);
            int length = take(2);
            if (type == SERVER_NAME && hello.readerIndex() + length <= end) {
                return serverName(length);
            }
            skip(length);
        }
        return end();
    }

    private Sniffed serverName(int length) {
        int end = hello.readerIndex() + length;
        skip(2); // the list holds one host name at most
        int type = take(1);
        int name = take(2);
        if (cut || type != HOST_NAME || hello.readerIndex() + name > end) {
            return end();
        }
        return hello.readableBytes() < name
                ? Sniffed.more(TLS)
                : Sniffed.done(TLS, hello.toString(hello.readerIndex(), name, StandardCharsets.US_ASCII));
    }

    /** The end of what is there: of the message, or of the bytes at hand. */
    private Sniffed end() {
        return cut ? Sniffed.more(TLS) : Sniffed.done(TLS);
    }

    /** The next {@code bytes}, at most 3, as a number; 0 when they are not there. */
    private int take(int bytes) {
        int value = 0;
        cut |= hello.readableBytes() < bytes;
        for (int i = 0; i < bytes && !cut; i++) {
            value = value << 8 | hello.readUnsignedByte();
        }
        return value;
    }

    private void skip(int bytes) {
        cut |= hello.readableBytes() < bytes;
        if (!cut) {
            hello.skipBytes(bytes);
        }
    }
}
