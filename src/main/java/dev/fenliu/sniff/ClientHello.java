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

    /** Thrown and caught here: the bytes at hand end within the message. */
    private static final class Short extends RuntimeException {
        private static final long serialVersionUID = 1L;
        static final Short INSTANCE = new Short();

        private Short() {
            super(null, null, false, false);
        }
    }

    private final ByteBuf hello;

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
                    && bytes.getByte(at + 2) <= 4
                    && length > 0
                    && length <= LONGEST_RECORD;
            if (!record) {
                return at == 0 ? Sniffed.NOTHING : Sniffed.done(TLS);
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
        return (length < 2 || bytes.getByte(1) == 3) && (length < 3 || bytes.getByte(2) <= 4);
    }

    private Sniffed read() {
        try {
            if (hello.isReadable() && hello.getByte(0) != CLIENT_HELLO) {
                return Sniffed.NOTHING;
            }
            need(4);
            hello.skipBytes(1);
            int end = 4 + hello.readUnsignedMedium();
            skip(2 + 32); // version, random
            skip(need(1).readUnsignedByte()); // session
            skip(need(2).readUnsignedShort()); // cipher suites
            skip(need(1).readUnsignedByte()); // compressions
            if (hello.readerIndex() >= end) {
                return Sniffed.done(TLS);
            }
            int extensions = need(2).readUnsignedShort();
            end = Math.min(end, hello.readerIndex() + extensions);
            while (hello.readerIndex() + 4 <= end) {
                int type = need(4).readUnsignedShort();
                int length = hello.readUnsignedShort();
                if (hello.readerIndex() + length > end) {
                    break;
                }
                if (type == SERVER_NAME) {
                    return serverName(length);
                }
                skip(length);
            }
            return Sniffed.done(TLS);
        } catch (Short e) {
            return Sniffed.more(TLS);
        }
    }

    private Sniffed serverName(int length) {
        int end = hello.readerIndex() + length;
        need(length);
        if (length < 5) {
            return Sniffed.done(TLS);
        }
        hello.skipBytes(2); // the list holds one host name at most
        int type = hello.readByte();
        int name = hello.readUnsignedShort();
        if (type != HOST_NAME || hello.readerIndex() + name > end) {
            return Sniffed.done(TLS);
        }
        return Sniffed.done(
                TLS, hello.readCharSequence(name, StandardCharsets.US_ASCII).toString());
    }

    private ByteBuf need(int bytes) {
        if (hello.readableBytes() < bytes) {
            throw Short.INSTANCE;
        }
        return hello;
    }

    private void skip(int bytes) {
        need(bytes).skipBytes(bytes);
    }
}
