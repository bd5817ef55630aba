package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetSocketAddress;
import java.util.Optional;

/** A client of the server end's datagrams; equal to itself in whatever datagram it is met again. */
interface PacketClient {
    /** Where it was last. */
    InetSocketAddress address();

    Optional<String> user();

    /** As {@link PacketCodec#seal}, for this client. */
    ByteBuf seal(Destination from, ByteBuf payload, ByteBufAllocator alloc);

    /** Opens what clients send. Confined to one thread. */
    @FunctionalInterface
    interface Opener {
        /** A datagram and who sent it. */
        record Received(PacketClient client, PacketCodec.Datagram datagram) {}

        /** As {@link PacketCodec#open}, from {@code source}. */
        Received open(InetSocketAddress source, ByteBuf sealed, ByteBufAllocator alloc) throws Failure;
    }

    /** A client that is known by its address. */
    record Address(InetSocketAddress address, PacketCodec codec) implements PacketClient {
        /** Opens by {@code codec}, with a client for each address. */
        static Opener opener(PacketCodec codec) {
            return (source, datagram, alloc) ->
                    new Opener.Received(new Address(source, codec), codec.open(datagram, alloc));
        }

        @Override
        public Optional<String> user() {
            return Optional.empty();
        }

        @Override
        public ByteBuf seal(Destination from, ByteBuf payload, ByteBufAllocator alloc) {
            return codec.seal(from, payload, alloc);
        }
    }
}
