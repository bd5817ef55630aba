package dev.fenliu.net;

import dev.fenliu.model.Destination;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** How a tunnel's protocol writes datagrams into a stream. One instance for each {@link PacketStream}. */
public interface PacketFraming {
    /** The most bytes of payload that a length of 16 bits can say. */
    int MAX_PAYLOAD = 65_535;

    /**
     * A datagram of the stream.
     *
     * @param peer null when it is nothing that can be reached
     * @param payload a retained slice of what it was read from; whoever takes the packet releases it
     */
    record Packet(@Nullable Destination peer, ByteBuf payload) {}

    /**
     * Reads one datagram.
     *
     * @return null while it is not there as a whole
     * @throws GarbageException if it cannot become one, or if the other end says that no more will come
     */
    @Nullable
    Packet read(ByteBuf in) throws GarbageException;

    /**
     * Appends what stands in front of a payload of {@code length} bytes, at most {@link #MAX_PAYLOAD}.
     *
     * @return false, with nothing written, when the stream cannot carry a datagram of {@code peer}
     */
    boolean writeHeader(Destination peer, int length, ByteBuf out);
}
