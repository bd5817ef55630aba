package dev.fenliu.sniff;

import static dev.fenliu.sniff.QuicClient.crypto;
import static dev.fenliu.sniff.QuicClient.hello;
import static dev.fenliu.sniff.QuicClient.join;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuicTest {
    private static final String ID = "8394c8f03e515708";
    private static final byte[] PING = {1};
    private static final byte[] ACK = {2, 5, 0, 1, 0, 0, 0};
    private static final byte[] ACK_WITH_ECN = {3, 5, 0, 0, 0, 1, 2, 3};

    private final QuicClient client = new QuicClient(QuicClient.V1, ID);

    static String sniff(byte[]... datagrams) {
        return sniff(List.of(datagrams));
    }

    private static String sniff(List<byte[]> datagrams) {
        List<ByteBuf> first = new ArrayList<>();
        for (byte[] datagram : datagrams) {
            first.add(Unpooled.wrappedBuffer(new byte[] {'x'}, datagram)
                    .skipBytes(1)
                    .asReadOnly());
        }
        Sniffed it = Sniffer.sniff(first);
        for (int i = 0; i < datagrams.size(); i++) {
            assertThat(first.get(i).readableBytes()).as("not changed").isEqualTo(datagrams.get(i).length);
        }
        return it.state() + " " + it.protocol().orElse("-") + " "
                + it.name().map(Host.Name::value).orElse("-");
    }

    private static byte[] vector(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(QuicTest.class.getResourceAsStream("/quic/" + name))) {
            String hex = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rfc9001-client-initial.hex", "rfc9369-client-initial.hex"})
    void the_packets_of_the_specifications_name_their_server(String name) throws Exception {
        byte[] datagram = vector(name);
        assertThat(sniff(datagram)).isEqualTo("DONE quic example.com");
        byte[] opened = new InitialKeys(
                        Objects.requireNonNull(
                                QuicVersion.of(Unpooled.wrappedBuffer(datagram).getInt(1))),
                        HexFormat.of().parseHex(ID))
                .open(datagram, 18);
        assertThat(Arrays.copyOf(datagram, 22))
                .as("the header without its protection")
                .endsWith(0x44, 0x9e, 0, 0, 0, 2);
        assertThat(opened).hasSize(1162).startsWith(0x06, 0x00, 0x40, 0xf1, 0x01);
    }

    @ParameterizedTest
    @ValueSource(ints = {QuicClient.V1, QuicClient.V2})
    void one_datagram_with_the_whole_hello_is_enough(int version) {
        QuicClient any = new QuicClient(version, "00112233445566778899aabbccddeeff00112233");
        byte[] hello = hello("Chat.Example", 700);
        assertThat(sniff(any.datagram(0, crypto(hello, 0, hello.length)))).isEqualTo("DONE quic chat.example");
    }

    @Test
    void a_hello_without_a_name_or_with_an_address_is_quic_and_nothing_more_is_waited_for() {
        byte[] hello = hello("", 20);
        assertThat(sniff(client.datagram(0, crypto(hello, 0, hello.length)))).isEqualTo("DONE quic -");
        byte[] address = hello("192.0.2.1", 20);
        assertThat(sniff(client.datagram(0, crypto(address, 0, address.length))))
                .isEqualTo("DONE quic -");
        byte[] other = hello("chat.example", 20);
        other[0] = 2;
        assertThat(sniff(client.datagram(0, crypto(other, 0, other.length)))).isEqualTo("DONE quic -");
    }

    @Test
    void a_hello_in_two_datagrams_asks_for_the_second_whichever_comes_first() {
        byte[] hello = hello("chat.example", 1500);
        List<byte[]> datagrams = client.inTwo(hello);
        assertThat(sniff(datagrams.get(0))).isEqualTo("MORE quic -");
        assertThat(sniff(datagrams)).isEqualTo("DONE quic chat.example");
        assertThat(sniff(datagrams.get(1))).isEqualTo("MORE quic -");
        assertThat(sniff(datagrams.get(1), datagrams.get(0))).isEqualTo("DONE quic chat.example");
    }

    @Test
    void what_comes_again_or_belongs_to_another_connection_confuses_nobody() {
        byte[] hello = hello("chat.example", 1500);
        byte[] first = client.datagram(0, crypto(hello, 0, 900));
        byte[] again = client.datagram(1, PING, crypto(hello, 0, 700), crypto(hello, 700, 900));
        byte[] rest = client.datagram(2, crypto(hello, 800, hello.length));
        assertThat(sniff(first, first)).isEqualTo("MORE quic -");
        assertThat(sniff(first, again)).isEqualTo("MORE quic -");
        assertThat(sniff(first, again, rest)).isEqualTo("DONE quic chat.example");
        byte[] wrong = hello("other.example", 1500);
        byte[] other = new QuicClient(QuicClient.V1, "0102030405060708").datagram(2, crypto(wrong, 800, wrong.length));
        assertThat(sniff(first, other, rest)).isEqualTo("DONE quic chat.example");
        byte[] upgraded = new QuicClient(QuicClient.V2, ID).datagram(2, crypto(wrong, 800, wrong.length));
        assertThat(sniff(first, upgraded, rest)).isEqualTo("DONE quic chat.example");
        assertThat(sniff(first, new byte[0], rest)).isEqualTo("DONE quic chat.example");
        assertThat(sniff(first, new byte[] {0x40, 1, 2, 3}, rest)).isEqualTo("DONE quic chat.example");
    }

    @Test
    void frames_come_in_any_order_with_others_between_them() {
        byte[] hello = hello("chat.example", 600);
        byte[] frames = join(
                PING,
                crypto(hello, 300, 500),
                new byte[30],
                ACK,
                crypto(hello, 450, hello.length),
                crypto(hello, 1, 20),
                PING,
                ACK_WITH_ECN,
                crypto(hello, 0, 1),
                crypto(hello, 10, 310));
        assertThat(sniff(client.datagram(0, frames))).isEqualTo("DONE quic chat.example");
    }

    @Test
    void packets_that_share_a_datagram_are_all_read() {
        byte[] hello = hello("chat.example", 400);
        byte[] one = client.packet(0, 0, crypto(hello, 0, 200));
        byte[] zeroRtt = {(byte) 0xd0, 0, 0, 0, 1, 2, 7, 7, 0, 3, 9, 9, 9};
        byte[] two = client.packet(2, 1000, crypto(hello, 200, hello.length));
        assertThat(sniff(join(one, two))).isEqualTo("DONE quic chat.example");
        assertThat(sniff(join(one, zeroRtt, two))).isEqualTo("DONE quic chat.example");
        assertThat(sniff(join(two, one, new byte[300]))).isEqualTo("DONE quic chat.example");
        assertThat(sniff(join(one, new byte[1200])))
                .as("padding outside of packets")
                .isEqualTo("MORE quic -");
    }

    @Test
    void every_two_and_three_pieces_of_a_hello_make_it_whole() {
        byte[] hello = hello("chat.example", 40);
        for (int cut = 1; cut < hello.length; cut++) {
            byte[] head = client.datagram(0, crypto(hello, 0, cut));
            byte[] tail = client.datagram(1, crypto(hello, cut, hello.length));
            assertThat(sniff(head, tail)).isEqualTo("DONE quic chat.example");
            assertThat(sniff(tail, head)).isEqualTo("DONE quic chat.example");
        }
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            int one = 1 + random.nextInt(hello.length - 2);
            int two = one + 1 + random.nextInt(hello.length - one - 1);
            List<byte[]> datagrams = new ArrayList<>(List.of(
                    client.datagram(0, crypto(hello, 0, one)),
                    client.datagram(1, crypto(hello, one, two)),
                    client.datagram(2, crypto(hello, two, hello.length))));
            Collections.shuffle(datagrams, random);
            assertThat(sniff(datagrams)).isEqualTo("DONE quic chat.example");
        }
    }

    @Test
    void a_packet_that_cannot_be_opened_is_quic_without_a_name() throws Exception {
        byte[] good = vector("rfc9001-client-initial.hex");
        for (int at = 18; at < good.length; at += 37) { // the number, the frames, the tag
            byte[] damaged = good.clone();
            damaged[at] ^= 1;
            assertThat(sniff(damaged)).isEqualTo("DONE quic -");
        }
    }

    @Test
    void lengths_that_lie_end_the_reading() {
        byte[] hello = hello("chat.example", 1500);
        byte[] first = client.datagram(0, crypto(hello, 0, 900));
        byte[][] lies = {
            {6, 0, 0x7f, (byte) 0xff, 1}, // more than there is
            {6, (byte) 0xff, -1, -1, -1, -1, -1, -1, -1, 1, 1}, // far away
            {6, (byte) 0xff},
            {2, 0, 0, (byte) 0xff, -1, -1, -1, -1, -1, -1, -1, 0},
            {0x1c, 0, 0, 0},
            {0x40},
        };
        for (byte[] lie : lies) {
            byte[] full = Arrays.copyOf(lie, 1200 - 38);
            Arrays.fill(full, lie.length, full.length, (byte) 0x1c);
            byte[] second = client.packet(1, 0, full);
            byte[] rest = client.datagram(2, crypto(hello, 900, hello.length));
            assertThat(sniff(first, second, rest)).isEqualTo("DONE quic chat.example");
        }
    }

    @Test
    void a_hello_without_end_is_given_up() {
        List<byte[]> datagrams = new ArrayList<>();
        byte[] endless = new byte[Sniffer.MAX];
        Arrays.fill(endless, 42, 48, (byte) 127); // a long extension
        endless[0] = 1;
        endless[1] = 127; // 8 MiB
        for (int at = 0; at < endless.length; at += 1024) {
            datagrams.add(client.datagram(at, crypto(endless, at, at + 1024)));
        }
        assertThat(sniff(datagrams.subList(0, 15))).isEqualTo("MORE quic -");
        assertThat(sniff(datagrams)).isEqualTo("DONE quic -");
    }

    @Test
    void every_beginning_of_a_datagram_throws_nothing() throws Exception {
        byte[] whole = vector("rfc9369-client-initial.hex");
        for (int length = 0; length < whole.length; length++) {
            assertThat(sniff(Arrays.copyOf(whole, length))).isEqualTo("DONE - -"); // a client pads
            byte[] second = Arrays.copyOf(whole, length);
            assertThat(sniff(client.datagram(0, PING), second)).isEqualTo("MORE quic -");
        }
    }

    @Test
    void garbled_datagrams_throw_nothing() {
        Random random = new Random(12);
        byte[] hello = hello("chat.example", 600);
        for (int i = 0; i < 5_000; i++) {
            byte[] frames = join(PING, crypto(hello, 300, hello.length), ACK, crypto(hello, 0, 300), ACK_WITH_ECN);
            for (int n = random.nextInt(4); n > 0; n--) {
                frames[random.nextInt(frames.length)] = (byte) random.nextInt();
            }
            byte[] datagram = join(client.packet(0, 0, frames), client.packet(1, 500, frames));
            for (int n = random.nextInt(3); n > 0; n--) {
                datagram[random.nextInt(60)] = (byte) random.nextInt();
            }
            assertThat(sniff(datagram, Arrays.copyOf(datagram, random.nextInt(datagram.length))))
                    .isNotEmpty();
        }
    }
}
