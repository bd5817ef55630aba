package dev.fenliu.tunnel.ssh;

import io.netty.util.Recycler;
import org.apache.sshd.common.session.helpers.PacketBuffer;
import org.apache.sshd.common.util.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The array of a packet that is sent, used again when the packet has left: large arrays that live until then are what a
 * small heap would be collected for all the time. Used on the thread that made it, and given back on any.
 */
final class PacketArray {
    /** Of each thread. */
    private static final int KEPT = 8;

    /** Smaller packets are made anew. */
    private static final int LARGE = 16 << 10;

    /** What a packet has beyond its payload: head, channel and length, padding, and the tag or MAC. */
    private static final int AROUND = 512;

    private static final byte[] NOTHING = {};

    private static final Recycler<PacketArray> RECYCLER = new Recycler<>(KEPT) {
        @Override
        protected PacketArray newObject(Handle<PacketArray> handle) {
            return new PacketArray(handle, NOTHING);
        }
    };

    private final Recycler.@Nullable Handle<PacketArray> handle;
    private byte[] array;

    private PacketArray(Recycler.@Nullable Handle<PacketArray> handle, byte[] array) {
        this.handle = handle;
        this.array = array;
    }

    /** One with room for {@code payload} bytes and what is around them. */
    static PacketArray of(int payload) {
        int bytes = payload + AROUND;
        if (payload < LARGE) {
            return new PacketArray(null, new byte[bytes]);
        }
        PacketArray used = RECYCLER.get();
        if (used.array.length < bytes) {
            used.array = new byte[bytes];
        }
        return used;
    }

    /** Empty, to be written. */
    Buffer buffer() {
        return new PacketBuffer(array, false);
    }

    /** The packet has left. Once. */
    void recycle() {
        if (handle != null) {
            handle.recycle(this);
        }
    }
}
