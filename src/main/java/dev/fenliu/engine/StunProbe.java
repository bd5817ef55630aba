package dev.fenliu.engine;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks a STUN server through an outbound which address datagrams come from (RFC 8489). Confined to one event loop. */
final class StunProbe implements PacketSink {
    private static final int BINDING_REQUEST = 0x0001;
    private static final int BINDING_SUCCESS = 0x0101;
    private static final int COOKIE = 0x2112a442;
    private static final int XOR_MAPPED_ADDRESS = 0x0020;
    private static final int ID_BYTES = 12;
    private static final int ATTEMPTS = 4;
    private static final long AGAIN_MILLIS = 700;

    private final Destination server;
    private final byte[] id = new byte[ID_BYTES];
    private final Promise<String> result;

    private StunProbe(Destination server, EventLoop loop) {
        this.server = server;
        this.result = loop.newPromise();
        ThreadLocalRandom.current().nextBytes(id);
    }

    /** Asks; the address in text, or a failure when no answer came. */
    static Future<String> ask(Destination server, Outbound outbound, EventLoop loop) {
        StunProbe probe = new StunProbe(server, loop);
        loop.execute(() -> outbound.openPackets(Dial.own(server, loop), probe)
                .addListener((Future<PacketTunnel> opened) -> {
                    if (opened.isSuccess()) {
                        probe.result.addListener(done -> opened.getNow().close());
                        probe.send(opened.getNow(), loop, ATTEMPTS);
                    } else {
                        probe.result.tryFailure(opened.cause());
                    }
                }));
        return probe.result;
    }

    private void send(PacketTunnel tunnel, EventLoop loop, int left) {
        if (result.isDone()) {
            return;
        }
        if (left == 0) {
            result.tryFailure(new Failure(Failure.Kind.TIMEOUT, "no answer from " + server));
            return;
        }
        ByteBuf request = Unpooled.buffer(20)
                .writeShort(BINDING_REQUEST)
                .writeShort(0)
                .writeInt(COOKIE)
                .writeBytes(id);
        tunnel.send(server, request);
        loop.schedule(() -> send(tunnel, loop, left - 1), AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void receive(Destination from, ByteBuf payload) {
        try {
            String address = address(payload);
            if (address != null) {
                result.trySuccess(address);
            }
        } finally {
            payload.release();
        }
    }

    /** What the answer says; null if it is none to our question. */
    private @Nullable String address(ByteBuf answer) {
        byte[] theirs = new byte[ID_BYTES];
        if (answer.readableBytes() < 20 || answer.readUnsignedShort() != BINDING_SUCCESS) {
            return null;
        }
        int length = Math.min(answer.readUnsignedShort(), answer.readableBytes() - 16);
        boolean ours = answer.readInt() == COOKIE;
        answer.readBytes(theirs);
        if (!ours || !java.util.Arrays.equals(theirs, id)) {
            return null;
        }
        ByteBuf attributes = answer.readSlice(length);
        while (attributes.readableBytes() >= 4) {
            int type = attributes.readUnsignedShort();
            int size = attributes.readUnsignedShort();
            if (size > attributes.readableBytes()) {
                return null;
            }
            ByteBuf value = attributes.readSlice(size);
            attributes.skipBytes(Math.min(-size & 3, attributes.readableBytes()));
            if (type == XOR_MAPPED_ADDRESS && (size == 8 || size == 20)) {
                return plain(value.skipBytes(4));
            }
        }
        return null;
    }

    private @Nullable String plain(ByteBuf hidden) {
        ByteBuf mask = Unpooled.buffer(16).writeInt(COOKIE).writeBytes(id);
        byte[] address = new byte[hidden.readableBytes()];
        for (int i = 0; i < address.length; i++) {
            address[i] = (byte) (hidden.readByte() ^ mask.readByte());
        }
        try {
            return InetAddress.getByAddress(address).getHostAddress();
        } catch (UnknownHostException e) {
            return null;
        }
    }

    @Override
    public void closed(Failure why) {
        result.tryFailure(why);
    }
}
