package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.config.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import org.bouncycastle.crypto.digests.Blake2bDigest;

/**
 * Makes packets look like noise: each is masked with the BLAKE2b-256 hash of the key and of eight random bytes, which
 * stand in front of it. Below QUIC at either end. One for each socket; confined to its event loop.
 */
final class Salamander extends ChannelDuplexHandler {
    /** Shorter keys are refused by others. */
    static final int MIN_KEY_BYTES = 4;

    private static final int SALT = 8;

    private final byte[] key;
    private final Blake2bDigest digest = new Blake2bDigest(256);
    private final byte[] salt = new byte[SALT];
    private final ByteBuf mask = Unpooled.buffer(32);

    Salamander(Secret key) {
        this.key = key.value().getBytes(StandardCharsets.UTF_8);
    }

    /** Reads the salt and unmasks the rest, in place. Whether there was anything behind a salt. */
    boolean open(ByteBuf packet) {
        if (packet.readableBytes() <= SALT) {
            return false;
        }
        packet.readBytes(salt);
        apply(packet, packet.readerIndex(), packet.readableBytes());
        return true;
    }

    /** Appends {@code length} bytes of {@code plain}, which stays as it is, as a packet. */
    void seal(ByteBuf plain, int index, int length, long random, ByteBuf out) {
        int start = out.writerIndex();
        out.writeLong(random);
        out.getBytes(start, salt);
        out.writeBytes(plain, index, length);
        apply(out, start + SALT, length);
    }

    private void apply(ByteBuf packet, int index, int length) {
        digest.update(key, 0, key.length);
        digest.update(salt, 0, SALT);
        digest.doFinal(mask.array(), 0);
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            packet.setLong(index + i, packet.getLong(index + i) ^ mask.getLong(i & 31));
        }
        for (; i < length; i++) {
            packet.setByte(index + i, packet.getByte(index + i) ^ mask.getByte(i & 31));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof DatagramPacket packet)) {
            ctx.fireChannelRead(msg);
        } else if (open(packet.content())) {
            ctx.fireChannelRead(packet.replace(packet.content().slice())); // Netty's parser wants index 0
        } else {
            packet.release();
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (!(msg instanceof DatagramPacket packet)) {
            ctx.write(msg, promise);
            return;
        }
        DatagramPacket sealed;
        try {
            sealed = sealed(packet, ctx.alloc());
        } finally {
            packet.release();
        }
        ctx.write(sealed, promise);
    }

    /** What the kernel cuts into packets is masked a packet each. */
    private DatagramPacket sealed(DatagramPacket packet, ByteBufAllocator alloc) {
        ByteBuf plain = packet.content();
        int length = plain.readableBytes();
        int segment = packet instanceof SegmentedDatagramPacket segmented ? segmented.segmentSize() : length;
        int segments = segment == 0 ? 1 : (length + segment - 1) / segment;
        ByteBuf out = alloc.directBuffer(length + segments * SALT);
        for (int at = 0; at < length; at += segment) {
            int size = Math.min(segment, length - at);
            seal(
                    plain,
                    plain.readerIndex() + at,
                    size,
                    ThreadLocalRandom.current().nextLong(),
                    out);
        }
        return segments == 1
                ? new DatagramPacket(out, packet.recipient())
                : new SegmentedDatagramPacket(out, segment + SALT, packet.recipient());
    }
}
