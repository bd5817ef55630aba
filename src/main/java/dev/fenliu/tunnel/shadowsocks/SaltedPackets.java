package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;

/**
 * Datagrams of the edition of 2017 (SIP007), both ends: a salt, then address and payload sealed with the salt's subkey and nonce zero.
 * Confined to one thread.
 */
final class SaltedPackets implements PacketCodec {
    private final MasterKey key;
    private final SaltFilter salts;
    private final AeadCipher sealing;
    private final AeadCipher opening;

    SaltedPackets(MasterKey key, SaltFilter salts) {
        this.key = key;
        this.salts = salts;
        byte[] none = new byte[key.method().keyBytes()];
        this.sealing = new AeadCipher(key, none);
        this.opening = new AeadCipher(key, none);
    }

    @Override
    public ByteBuf seal(Destination far, ByteBuf payload, ByteBufAllocator alloc) {
        byte[] salt = key.newSalt();
        salts.admit(salt);
        return seal(salt, far, payload, alloc);
    }

    ByteBuf seal(byte[] salt, Destination far, ByteBuf payload, ByteBufAllocator alloc) {
        int room = salt.length + SocksAddress.MAX_BYTES + payload.readableBytes() + Method.TAG_BYTES;
        ByteBuf out = alloc.heapBuffer(room);
        out.writeBytes(salt);
        SocksAddress.write(far, out);
        out.writeBytes(payload);
        sealing.begin(key.subkey(salt));
        sealing.seal(out.array(), out.arrayOffset() + salt.length, out.writerIndex() - salt.length);
        return out.writerIndex(out.writerIndex() + Method.TAG_BYTES);
    }

    @Override
    public Datagram open(ByteBuf sealed, ByteBufAllocator alloc) throws Failure {
        int saltBytes = key.method().keyBytes();
        int opened = sealed.readableBytes() - saltBytes - Method.TAG_BYTES;
        if (opened <= 0) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a datagram too short to be sealed");
        }
        byte[] bytes = new byte[sealed.readableBytes()];
        sealed.readBytes(bytes);
        byte[] salt = Arrays.copyOf(bytes, saltBytes);
        ByteBuf out = alloc.heapBuffer(opened);
        try {
            opening.begin(key.subkey(salt));
            opening.open(bytes, saltBytes, opened + Method.TAG_BYTES, out.array(), out.arrayOffset());
            if (!salts.admit(salt)) {
                throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a replay of an earlier datagram");
            }
            out.writerIndex(opened);
            Destination far = SocksAddress.length(out, out.readerIndex()) > 0 ? SocksAddress.read(out) : null;
            if (far == null) {
                throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a datagram without a usable address");
            }
            return new Datagram(far, out.retain());
        } finally {
            out.release();
        }
    }
}
