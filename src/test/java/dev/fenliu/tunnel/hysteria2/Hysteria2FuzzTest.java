package dev.fenliu.tunnel.hysteria2;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.config.Secret;
import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Whatever the other end sends: a request, a response, datagrams, masked packets. */
class Hysteria2FuzzTest {
    private final Salamander salamander = new Salamander(new Secret("salam4nder"));

    @FuzzTest
    void bytes_of_the_other_end_are_read_or_refused(byte[] input) {
        request(input);
        response(input);
        datagrams(input);
        ByteBuf packet = Unpooled.copiedBuffer(input);
        if (salamander.open(packet) != input.length > 8
                || packet.readableBytes() != Math.max(0, input.length - 8) && input.length > 8) {
            throw new AssertionError("a packet of another length");
        }
    }

    private static void request(byte[] input) {
        ByteBuf in = Unpooled.wrappedBuffer(input);
        try {
            TcpRequest request = TcpRequest.decode(in);
            if (request == null && in.readerIndex() != 0) {
                throw new AssertionError("read the beginning of a request");
            }
        } catch (GarbageException e) {
            // expected
        }
    }

    private static void response(byte[] input) {
        ByteBuf in = Unpooled.wrappedBuffer(input);
        try {
            TcpResponse response = TcpResponse.decode(in);
            if (response == null && in.readerIndex() != 0) {
                throw new AssertionError("read the beginning of a response");
            }
        } catch (GarbageException e) {
            // expected
        }
    }

    /** As datagrams that each have two bytes of length in front. */
    private static void datagrams(byte[] input) {
        Reassembly reassembly = new Reassembly();
        ByteBuf in = Unpooled.wrappedBuffer(input);
        while (in.readableBytes() > 2) {
            ByteBuf frame = in.readSlice(Math.min(in.readUnsignedShort(), in.readableBytes()));
            UdpMessage message = UdpMessage.decode(frame);
            ByteBuf whole = message == null ? null : reassembly.add(message);
            if (whole != null) {
                if (whole.readableBytes() > UdpMessage.MAX_PAYLOAD) {
                    throw new AssertionError("a datagram of " + whole.readableBytes());
                }
                whole.release();
            }
        }
        reassembly.close();
    }
}
