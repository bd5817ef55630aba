package dev.fenliu.tunnel.vless;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.inbound.Bytes;
import dev.fenliu.model.Destination;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.PacketFraming;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams in the stream, in both ways that there are. */
class FramingTest {
    private static final Destination ONE = Destination.parse("192.0.2.1:53");
    private static final String NEW = "000c 0000 01 01 02 0035 01 c0000201 ";
    private static final String LAST = "0004 0000 03 00";

    private static List<String> read(PacketFraming framing, ByteBuf in) {
        List<String> all = new ArrayList<>();
        for (PacketFraming.Packet packet; (packet = framing.read(in)) != null; ) {
            all.add(packet.peer() + " " + packet.payload().toString(US_ASCII));
            packet.payload().release();
        }
        return all;
    }

    private static String written(PacketFraming framing, Destination peer, int length) {
        ByteBuf out = Unpooled.buffer();
        return framing.writeHeader(peer, length, out) ? Bytes.hex(out) : "nothing";
    }

    @Test
    void to_one_destination_a_length_stands_in_front() {
        ByteBuf in = bytes("0002 'hi' 0000 0001 'x' 0005 'cut'");
        assertThat(read(new LengthFraming(ONE), in)).containsExactly(ONE + " hi", ONE + " ", ONE + " x");
        assertThat(in.readableBytes()).isEqualTo(5);
        assertThat(written(new LengthFraming(ONE), ONE, 300)).isEqualTo("012c");
    }

    @Test
    void from_elsewhere_nothing_comes() {
        assertThat(written(new LengthFraming(ONE), Destination.parse("192.0.2.1:54"), 3))
                .isEqualTo("nothing");
        assertThat(written(new LengthFraming(ONE), Destination.parse("192.0.2.2:53"), 3))
                .isEqualTo("nothing");
        LengthFraming named = new LengthFraming(Destination.parse("dns.test:53"));
        assertThat(written(named, ONE, 3)).isEqualTo("0003");
        assertThat(written(named, Destination.parse("192.0.2.1:54"), 3)).isEqualTo("nothing");
    }

    @Test
    void a_session_carries_datagrams_with_addresses_or_to_its_first() {
        ByteBuf in = bytes(NEW + "0002 'hi' 0004 0000 02 01 0001 'x'"
                + "0010 0000 02 01 02 0035 02 07 '1.2.3.4' 0000"
                + "0004 0000 04 00 0004 0000 04 01 0002 '!!'"
                + "0014 0000 02 01 02 0035 01 c0000202 0000000000000000 0001 'y'");
        MuxFraming framing = new MuxFraming();
        assertThat(read(framing, in)).containsExactly(ONE + " hi", ONE + " x", "1.2.3.4:53 ", "192.0.2.2:53 y");
        assertThat(in.isReadable()).isFalse();
        assertThat(written(framing, Destination.parse("192.0.2.7:80"), 300))
                .isEqualTo(Bytes.hex(bytes("000c 0000 02 01 02 0050 01 c0000207 012c")));
    }

    @Test
    void the_id_that_a_client_gives_its_association_is_passed_over() {
        ByteBuf in = bytes("0014 0000 01 01 02 0035 01 c0000201 1122334455667788 0002 'hi'");
        assertThat(read(new MuxFraming(), in)).containsExactly(ONE + " hi");
    }

    @Test
    void a_session_of_another_number_keeps_it() {
        MuxFraming framing = new MuxFraming();
        assertThat(read(framing, bytes("000c 0007 01 00 02 0035 01 c0000201"))).isEmpty();
        assertThat(written(framing, ONE, 1)).startsWith("000c0007");
    }

    @Test
    void nothing_is_written_before_there_is_a_session() {
        assertThat(written(new MuxFraming(), ONE, 1)).isEqualTo("nothing");
    }

    @Test
    void frames_are_read_at_every_split() {
        ByteBuf whole = bytes(NEW + "0002 'hi' 000c 0000 02 01 02 0035 01 c0000202 0001 'y'");
        for (int split = 0; split <= whole.readableBytes(); split++) {
            MuxFraming framing = new MuxFraming();
            ByteBuf in = Unpooled.buffer().writeBytes(whole, 0, split);
            List<String> seen = new ArrayList<>(read(framing, in));
            in.writeBytes(whole, split, whole.readableBytes() - split);
            seen.addAll(read(framing, in));
            assertThat(seen).as("split at %d", split).containsExactly(ONE + " hi", "192.0.2.2:53 y");
        }
    }

    @Test
    void a_datagram_for_nobody_costs_nothing_else() {
        ByteBuf in = bytes(NEW + "0002 'hi' 000c 0000 02 01 02 0035 02 03 'a b' 0001 '!' 0004 0000 02 01 0001 'x'");
        assertThat(read(new MuxFraming(), in)).containsExactly(ONE + " hi", "null !", ONE + " x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0003 000000 000000", // no head
                "0201 0000 01 01",
                "000c 0000 01 01 01 0035 01 c0000201 0001 'x'", // a stream
                "0004 0000 01 00 0000",
                "0005 0000 01 01 02 0000",
                "000c 0000 01 01 02 0035 04 c0000201 0000",
                "0004 0000 02 01 0001 'x'", // before there is a session
                "0004 0000 05 00",
                "0004 0000 00 00",
                NEW + "0000 " + NEW + "0000",
                NEW + "0000 000c 0001 02 01 02 0035 01 c0000201 0000",
                NEW + "0000 0004 0000 02 02",
                NEW + "0000 " + LAST
            })
    void what_is_no_frame_and_the_end_of_the_session_end_the_stream(String text) {
        assertThatThrownBy(() -> read(new MuxFraming(), bytes(text))).isInstanceOf(GarbageException.class);
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.wrappedBuffer(Bytes.of(text));
    }
}
