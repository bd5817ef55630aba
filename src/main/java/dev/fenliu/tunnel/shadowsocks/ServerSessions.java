package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The server end of sessions of datagrams of Shadowsocks 2022 (SIP022 3.2.4). A client is known by its session, wherever
 * its datagrams come from; answers go where the last one that proved authentic came from. A session is remembered until
 * the dates of all that was sent in it are out of bounds, for {@value #KEPT_SECONDS} seconds after the last datagram; as
 * long as {@value #MOST} are, no new one begins, rather than that one is forgotten whose datagrams could then be
 * replayed. Confined to one thread.
 */
final class ServerSessions implements PacketClient.Opener {
    static final int MOST = 1 << 15;
    static final long KEPT_SECONDS = 90;

    /** Sessions of one user cannot be taken by another. */
    private record Key(long id, Optional<String> user) {}

    private final ServerKeys keys;
    private final Clocks clocks;
    private final long opened;
    private final BlockCipher head;
    private final SessionPackets packets;
    private final Map<MasterKey, BlockCipher> answerHeads = new HashMap<>();

    /** The one used longest ago comes first. */
    private final Map<Key, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /** @param opened the date before which nothing new was sent, in seconds since 1970 */
    ServerSessions(ServerKeys keys, Clocks clocks, long opened) {
        this.keys = keys;
        this.clocks = clocks;
        this.opened = opened;
        this.head = BlockCipher.decrypting(keys.server().block());
        this.packets = new SessionPackets(
                clocks,
                new SessionPackets.Outgoing(keys.server(), 0),
                keys.server().method());
    }

    @Override
    public Received open(InetSocketAddress source, ByteBuf sealed, ByteBufAllocator alloc) throws Failure {
        byte[] bytes = ByteBufUtil.getBytes(sealed);
        sealed.skipBytes(bytes.length);
        int body = SessionPackets.HEAD_BYTES + keys.identityBytes();
        if (bytes.length < body) {
            throw SessionPackets.tooShort();
        }
        head.apply(bytes, 0);
        ServerKeys.Account account = keys.ofDatagram(bytes, bytes, SessionPackets.HEAD_BYTES, head);
        Key key = new Key(ByteBuffer.wrap(bytes).getLong(), account.user());
        Session known = sessions.get(key);
        Session session = known == null ? new Session(account, key.id, source) : known;
        SessionPackets.Opened datagram = packets.open(session.requests, bytes, body, new byte[0], alloc);
        if (known == null) {
            try {
                begin(key, session, datagram.date());
            } catch (Failure e) {
                datagram.datagram().payload().release();
                throw e;
            }
        }
        session.requests.admit(bytes);
        session.address = source;
        session.used = now();
        return new Received(session, datagram.datagram());
    }

    private void begin(Key key, Session session, long date) throws Failure {
        if (date < opened) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a datagram from before this listener was opened");
        }
        Iterator<Session> eldest = sessions.values().iterator();
        while (eldest.hasNext() && now() - eldest.next().used > TimeUnit.SECONDS.toNanos(KEPT_SECONDS)) {
            eldest.remove();
        }
        if (sessions.size() == MOST) {
            throw new Failure(Failure.Kind.OVERLOADED, "too many sessions of datagrams");
        }
        sessions.put(key, session);
    }

    private long now() {
        return clocks.nanos().getAsLong();
    }

    /** Both directions of one session. */
    private final class Session implements PacketClient {
        private final ServerKeys.Account account;
        private final byte[] id;
        private final SessionPackets.Incoming requests;
        private final SessionPackets.Outgoing answers;
        private InetSocketAddress address;
        private long used;

        Session(ServerKeys.Account account, long id, InetSocketAddress address) {
            this.account = account;
            this.id = SessionPackets.bytes(id);
            this.requests = new SessionPackets.Incoming(account.key(), id);
            this.answers = new SessionPackets.Outgoing(account.key(), otherThan(id));
            this.address = address;
        }

        private static long otherThan(long id) {
            long other = ByteBuffer.wrap(MasterKey.random(Long.BYTES)).getLong();
            return other == id ? ~id : other;
        }

        @Override
        public InetSocketAddress address() {
            return address;
        }

        @Override
        public Optional<String> user() {
            return account.user();
        }

        @Override
        public ByteBuf seal(Destination from, ByteBuf payload, ByteBufAllocator alloc) {
            ByteBuf out = packets.seal(answers, 0, id, from, payload, alloc);
            answerHeads
                    .computeIfAbsent(account.key(), key -> BlockCipher.encrypting(key.block()))
                    .apply(out.array(), out.arrayOffset());
            return out;
        }
    }
}
