package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The client end of a session of datagrams of Shadowsocks 2022 (SIP022 3.2). Answers come in sessions that the server
 * begins: one is current, and the one before it stays known until it was silent for a minute, during which no third is
 * accepted (3.2.4). Confined to one thread.
 */
final class ClientSession implements PacketCodec {
    private static final byte[] NONE = {};
    private static final long FORGET_NANOS = 60_000_000_000L;

    /** A session of answers, and when it was last heard of. */
    private static final class Answers {
        private final long id;
        private final SessionPackets.Incoming session;
        private long used;

        Answers(long id, MasterKey key) {
            this.id = id;
            this.session = new SessionPackets.Incoming(key, id);
        }
    }

    private final ClientKeys keys;
    private final Clocks clocks;
    private final SessionPackets.Outgoing requests;
    private final byte[] id;
    private final SessionPackets packets;
    private final BlockCipher head;
    private final BlockCipher answerHead;
    private final List<BlockCipher> identities = new ArrayList<>();
    private @Nullable Answers current;
    private @Nullable Answers previous;

    ClientSession(ClientKeys keys, Clocks clocks) {
        this(keys, clocks, ByteBuffer.wrap(MasterKey.random(Long.BYTES)).getLong());
    }

    /** @param id never used before with these keys */
    ClientSession(ClientKeys keys, Clocks clocks, long id) {
        this.keys = keys;
        this.clocks = clocks;
        this.id = SessionPackets.bytes(id);
        this.requests = new SessionPackets.Outgoing(keys.key(), id);
        this.packets = new SessionPackets(clocks, requests, keys.key().method());
        keys.identities().forEach(key -> identities.add(BlockCipher.encrypting(key.block())));
        this.head = identities.isEmpty() ? BlockCipher.encrypting(keys.key().block()) : identities.get(0);
        this.answerHead = BlockCipher.decrypting(keys.key().block());
    }

    @Override
    public ByteBuf seal(Destination far, ByteBuf payload, ByteBufAllocator alloc) {
        ByteBuf out = packets.seal(requests, keys.identityBytes(), NONE, far, payload, alloc);
        byte[] bytes = out.array();
        int start = out.arrayOffset();
        for (int i = 0; i < identities.size(); i++) {
            byte[] identity = keys.named(i).identity();
            int at = start + (i + 1) * BlockCipher.BYTES;
            for (int j = 0; j < identity.length; j++) {
                bytes[at + j] = (byte) (identity[j] ^ bytes[start + j]);
            }
            identities.get(i).apply(bytes, at);
        }
        head.apply(bytes, start);
        return out;
    }

    @Override
    public Datagram open(ByteBuf sealed, ByteBufAllocator alloc) throws Failure {
        byte[] bytes = ByteBufUtil.getBytes(sealed);
        sealed.skipBytes(bytes.length);
        if (bytes.length < SessionPackets.HEAD_BYTES) {
            throw SessionPackets.tooShort();
        }
        answerHead.apply(bytes, 0);
        long session = ByteBuffer.wrap(bytes).getLong();
        Answers answers = known(session);
        Answers from = answers == null ? new Answers(session, keys.key()) : answers;
        Datagram datagram = packets.open(from.session, bytes, SessionPackets.HEAD_BYTES, id, alloc)
                .datagram();
        if (answers == null && !begin(from)) {
            datagram.payload().release();
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a third session of answers within a minute");
        }
        from.session.admit(Arrays.copyOf(bytes, SessionPackets.HEAD_BYTES));
        from.used = now();
        return datagram;
    }

    private @Nullable Answers known(long session) {
        if (current != null && current.id == session) {
            return current;
        }
        return previous != null && previous.id == session ? previous : null;
    }

    private boolean begin(Answers answers) {
        if (previous != null && now() - previous.used < FORGET_NANOS) {
            return false;
        }
        previous = current;
        current = answers;
        return true;
    }

    private long now() {
        return clocks.nanos().getAsLong();
    }
}
