package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server end of Shadowsocks 2022 (SIP022 3.1). A request may arrive in pieces: to insist on one read would fail every
 * client whose first segment somebody on the way cuts in two, and so tell the protocol; what does not open is met with the
 * same silence wherever it is cut.
 */
final class ServerGreeting implements Greeting {
    private final ServerKeys keys;
    private final Clocks clocks;
    private final ReplayWindow requests;
    private final int saltBytes;
    private byte[] requestSalt = {};
    private ServerKeys.@Nullable Account account;

    ServerGreeting(ServerKeys keys, Clocks clocks, ReplayWindow requests) {
        this.keys = keys;
        this.clocks = clocks;
        this.requests = requests;
        this.saltBytes = keys.server().method().keyBytes();
    }

    @Override
    public int maxChunk() {
        return StreamHeader.MAX_CHUNK;
    }

    @Override
    public int peerBytes() {
        return saltBytes + keys.identityBytes() + StreamHeader.REQUEST_BYTES + Method.TAG_BYTES;
    }

    @Override
    public First open(byte[] sealed) throws Failure {
        requestSalt = Arrays.copyOf(sealed, saltBytes);
        ServerKeys.Account sender = keys.ofStream(requestSalt, sealed, saltBytes);
        AeadCipher cipher = new AeadCipher(sender.key(), requestSalt);
        byte[] opened = new byte[StreamHeader.REQUEST_BYTES];
        cipher.open(sealed, saltBytes + keys.identityBytes(), opened.length + Method.TAG_BYTES, opened, 0);
        ByteBuffer header = StreamHeader.read(opened, false);
        requests.admit(header.getLong(), requestSalt);
        account = sender;
        return new First(cipher, header.getShort() & 0xFFFF);
    }

    /** The address and what is said first; the padding between them is left out. */
    @Override
    public void first(byte[] chunk, int length, ByteBuf out) throws Failure {
        ByteBuf header = Unpooled.wrappedBuffer(chunk, 0, length);
        int address = SocksAddress.length(header, 0);
        if (address <= 0 || address + 2 > length) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "no usable address");
        }
        int padding = header.getUnsignedShort(address);
        int payload = length - address - 2 - padding;
        if (payload < 0 || payload + padding == 0) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, "a request with less or more padding than there may be");
        }
        out.writeBytes(chunk, 0, address);
        out.writeBytes(chunk, length - payload, payload);
    }

    @Override
    public int ownBytes() {
        return saltBytes + StreamHeader.REQUEST_BYTES + saltBytes + 2 * Method.TAG_BYTES;
    }

    @Override
    public AeadCipher begin(ByteBuf payload, ByteBuf out) {
        if (account == null) {
            throw new IllegalStateException("an answer before the request");
        }
        byte[] salt = account.key().newSalt();
        AeadCipher cipher = new AeadCipher(account.key(), salt);
        byte[] chunk = Scratch.get().sealed;
        int length = Math.min(payload.readableBytes(), maxChunk());
        int header = StreamHeader.REQUEST_BYTES + saltBytes;
        StreamHeader.answer(chunk, clocks.seconds(), requestSalt, length);
        cipher.seal(chunk, 0, header);
        payload.readBytes(chunk, header + Method.TAG_BYTES, length);
        cipher.seal(chunk, header + Method.TAG_BYTES, length);
        out.writeBytes(salt).writeBytes(chunk, 0, header + length + 2 * Method.TAG_BYTES);
        return cipher;
    }

    @Override
    public Optional<String> user() {
        return account == null ? Optional.empty() : account.user();
    }
}
