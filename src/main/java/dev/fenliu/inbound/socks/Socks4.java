package dev.fenliu.inbound.socks;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** What SOCKS 4 and 4a say in bytes (the protocol's memos by Ying-Da Lee; they became no RFC). */
final class Socks4 {
    static final int VERSION = 4;
    static final int CONNECT = 1;

    private static final int GRANTED = 90;
    private static final int REJECTED = 91;
    private static final int HEAD = 8;
    private static final int MOST_TEXT = 255;

    private Socks4() {}

    /** A request. */
    record Request(int command, Destination destination) {}

    /**
     * Reads a request; null, and nothing read, while it is not whole. The user id says nothing that could be trusted
     * and is skipped.
     *
     * @throws SocksRefusal if user id or host have no end within 255 bytes, the host is malformed, or the port is 0
     */
    static @Nullable Request read(ByteBuf in) throws SocksRefusal {
        int start = in.readerIndex();
        if (in.readableBytes() < HEAD) {
            return null;
        }
        int user = textLength(in, start + HEAD);
        if (user < 0) {
            return null;
        }
        int ip = in.getInt(start + 4);
        boolean named = ip > 0 && ip < 256; // 4a: 0.0.0.x and a name after the user id
        int name = named ? textLength(in, start + HEAD + user + 1) : 0;
        if (name < 0) {
            return null;
        }
        int command = in.skipBytes(1).readUnsignedByte();
        int port = in.readUnsignedShort();
        byte[] address = new byte[4];
        in.readBytes(address).skipBytes(user + 1);
        Host host = named ? SocksAddress.name(in, name) : Host.of(Addresses.of(address));
        in.skipBytes(named ? 1 : 0);
        if (host == null || port == 0) {
            throw new SocksRefusal(Socks5.GENERAL_FAILURE, "no usable address");
        }
        return new Request(command, new Destination(host, port));
    }

    private static int textLength(ByteBuf in, int at) throws SocksRefusal {
        int there = in.writerIndex() - at;
        int length = in.bytesBefore(at, Math.min(there, MOST_TEXT + 1), (byte) 0);
        if (length < 0 && there > MOST_TEXT) {
            throw new SocksRefusal(Socks5.GENERAL_FAILURE, "a text without end");
        }
        return length;
    }

    static ByteBuf reply(boolean granted) {
        return Unpooled.wrappedBuffer(new byte[] {0, (byte) (granted ? GRANTED : REJECTED), 0, 0, 0, 0, 0, 0});
    }
}
