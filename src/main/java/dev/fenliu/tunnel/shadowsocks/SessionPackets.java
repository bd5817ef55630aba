package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import javax.crypto.spec.SecretKeySpec;

/**
 * The body of datagrams of Shadowsocks 2022 (SIP022 3.2): type, date, in an answer the client's session, padding,
 * address, payload. The separate header in front of it, session and number, is its nonce and stays plain here. Confined
 * to one thread.
 */
final class SessionPackets {
    /** Bytes of the separate header. */
    static final int HEAD_BYTES = BlockCipher.BYTES;

    private static final byte REQUEST = 0;
    private static final byte ANSWER = 1;
    private static final int NONCE_AT = 4;
    private static final int DNS = 53;

    /** One direction of a session that begins here. */
    static final class Outgoing {
        final long id;
        private final SecretKeySpec key;
        private long next;

        Outgoing(MasterKey master, long id) {
            this.id = id;
            this.key = master.subkey(bytes(id));
        }
    }

    /** One direction of a session that the peer has begun. */
    static final class Incoming {
        private final SecretKeySpec key;
        private final SlidingWindow window = new SlidingWindow();

        Incoming(MasterKey master, long id) {
            this.key = master.subkey(bytes(id));
        }

        /** Notes a datagram that has proved authentic and is accepted. */
        void admit(byte[] head) {
            window.add(ByteBuffer.wrap(head).getLong(Long.BYTES));
        }
    }

    /** A datagram and its date. */
    record Opened(long date, PacketCodec.Datagram datagram) {}

    private final Clocks clocks;
    private final AeadCipher sealing;
    private final AeadCipher opening;

    SessionPackets(Clocks clocks, Outgoing any, Method method) {
        this.clocks = clocks;
        this.sealing = new AeadCipher(method, any.key);
        this.opening = new AeadCipher(method, any.key);
    }

    static byte[] bytes(long id) {
        return ByteBuffer.allocate(Long.BYTES).putLong(id).array();
    }

    /**
     * Seals a body behind the plain separate header.
     *
     * @param identityBytes what is left out between the two
     * @param answered the client's session in bytes in an answer, none in a request
     * @return the next datagram of the session, on the heap, owned by the caller
     */
    ByteBuf seal(
            Outgoing session,
            int identityBytes,
            byte[] answered,
            Destination far,
            ByteBuf payload,
            ByteBufAllocator alloc) {
        int padding = padding(far, payload.readableBytes());
        int body = HEAD_BYTES + identityBytes;
        int room = 1 + 8 + answered.length + 2 + padding + SocksAddress.MAX_BYTES + payload.readableBytes();
        ByteBuf out = alloc.heapBuffer(body + room + Method.TAG_BYTES);
        out.writeLong(session.id).writeLong(session.next++).writeZero(identityBytes);
        out.writeByte(answered.length == 0 ? REQUEST : ANSWER).writeLong(clocks.seconds());
        out.writeBytes(answered).writeShort(padding).writeZero(padding);
        SocksAddress.write(far, out);
        out.writeBytes(payload);
        sealing.begin(session.key, out.array(), out.arrayOffset() + NONCE_AT);
        sealing.seal(out.array(), out.arrayOffset() + body, out.writerIndex() - body);
        return out.writerIndex(out.writerIndex() + Method.TAG_BYTES);
    }

    /** Names asked for are short and tell by their length; what else datagrams carry fills them. */
    private static int padding(Destination far, int payload) {
        int most = ClientGreeting.MAX_PADDING - payload;
        return far.port() == DNS && most > 0 ? ThreadLocalRandom.current().nextInt(1, most + 1) : 0;
    }

    /**
     * Opens what {@link #seal} has made, and does not note that it was here.
     *
     * @param datagram with its separate header in plain
     * @param body where the body begins
     * @param answered as there
     * @throws Failure if it is forged, replayed or malformed
     */
    Opened open(Incoming session, byte[] datagram, int body, byte[] answered, ByteBufAllocator alloc) throws Failure {
        int opened = datagram.length - body - Method.TAG_BYTES;
        if (opened < 1 + 8 + answered.length + 2) {
            throw tooShort();
        }
        if (!session.window.isNew(ByteBuffer.wrap(datagram).getLong(Long.BYTES))) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a replay of an earlier datagram, or a very late one");
        }
        ByteBuf out = alloc.heapBuffer(opened);
        try {
            opening.begin(session.key, datagram, NONCE_AT);
            opening.open(datagram, body, opened + Method.TAG_BYTES, out.array(), out.arrayOffset());
            return read(out.writerIndex(opened), answered);
        } finally {
            out.release();
        }
    }

    static Failure tooShort() {
        return new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a datagram too short to be sealed");
    }

    private Opened read(ByteBuf body, byte[] answered) throws Failure {
        if (body.readByte() != (answered.length == 0 ? REQUEST : ANSWER)) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a datagram that goes the other way");
        }
        long date = body.readLong();
        clocks.check(date, answered.length == 0 ? ", unless this is a replay" : "");
        for (byte expected : answered) {
            if (body.readByte() != expected) {
                throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "an answer to another session");
            }
        }
        int padding = body.readUnsignedShort();
        Destination far = null;
        if (padding <= body.readableBytes()) {
            body.skipBytes(padding);
            far = SocksAddress.length(body, body.readerIndex()) > 0 ? SocksAddress.read(body) : null;
        }
        if (far == null) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a datagram without a usable address");
        }
        return new Opened(date, new PacketCodec.Datagram(far, body.retain()));
    }
}
