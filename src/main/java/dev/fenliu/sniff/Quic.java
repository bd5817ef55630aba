package dev.fenliu.sniff;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Recognises the datagram that opens a QUIC connection (RFC 9000 sections 14.1 and 17.2.2, RFC 9369 section 3), and reads
 * the ClientHello in it and in those that follow it.
 */
final class Quic {
    private static final String QUIC = "quic";
    private static final int SMALLEST = 1200;
    private static final int LONGEST_ID = 20;

    private final QuicVersion version;
    private final byte[] id;
    private final InitialKeys keys;
    private final CryptoStream crypto = new CryptoStream();
    private boolean opened;

    private Quic(QuicVersion version, byte[] id) {
        this.version = version;
        this.id = id;
        this.keys = new InitialKeys(version, id);
    }

    static Sniffed sniff(List<ByteBuf> datagrams) {
        Quic connection = datagrams.isEmpty() ? null : of(datagrams.get(0));
        if (connection == null) {
            return Sniffed.NOTHING;
        }
        Sniffed seen = Sniffed.NOTHING;
        for (int i = 0; i < datagrams.size() && (i == 0 || seen.state() == Sniffed.State.MORE); i++) {
            seen = connection.read(datagrams.get(i));
        }
        return seen;
    }

    /** The connection that a datagram opens; null when it opens none. */
    private static @Nullable Quic of(ByteBuf datagram) {
        if (datagram.readableBytes() < SMALLEST) {
            return null; // a client pads its Initial
        }
        Cursor in = new Cursor(datagram);
        int first = in.take(1);
        QuicVersion version = QuicVersion.of(in.take(4));
        byte[] id = in.bytes(in.take(1));
        if (version == null || !version.isInitial(first) || id.length > LONGEST_ID || in.take(1) > LONGEST_ID) {
            return null;
        }
        return new Quic(version, id);
    }

    /** Reads the packets of one more datagram. */
    private Sniffed read(ByteBuf datagram) {
        Cursor in = new Cursor(datagram);
        while (in.left() > 0 && readPacket(in, datagram)) {
            // on to the next
        }
        if (!opened) {
            return Sniffed.done(QUIC); // of a connection whose beginning was not seen, or garbled
        }
        ByteBuf hello = crypto.start();
        Sniffed seen = ClientHello.read(hello, QUIC);
        if (seen.protocol().isEmpty()) {
            return Sniffed.done(QUIC);
        }
        return hello.readableBytes() < Sniffer.MAX ? seen : seen.settled();
    }

    /** Whether there was a packet with a long header, which ends where its length says (RFC 9000 section 17.2). */
    private boolean readPacket(Cursor in, ByteBuf datagram) {
        int start = in.at();
        int first = in.take(1);
        boolean ours = first >= 0x80 && QuicVersion.of(in.take(4)) == version;
        byte[] to = in.bytes(in.take(1));
        in.skip(in.take(1)); // the client's own id
        boolean initial = version.isInitial(first);
        if (initial) {
            in.skip(in.varint()); // a token
        }
        long length = in.varint();
        int number = in.at();
        in.skip(length);
        if (!ours || in.isCut()) {
            return false;
        }
        if (initial && Arrays.equals(to, id)) {
            byte[] frames = keys.open(ByteBufUtil.getBytes(datagram, start, in.at() - start), number - start);
            if (frames != null) {
                opened = true;
                crypto.read(new Cursor(Unpooled.wrappedBuffer(frames)));
            }
        }
        return true;
    }
}
