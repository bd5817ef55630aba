package dev.fenliu.sniff;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnifferTest {
    private static String sniff(byte[] bytes, Transport transport) {
        ByteBuf first =
                Unpooled.wrappedBuffer(new byte[] {'x'}, bytes).skipBytes(1).asReadOnly();
        int length = first.readableBytes();
        Sniffed it = transport == Transport.UDP ? Sniffer.sniff(List.of(first)) : Sniffer.sniff(first);
        assertThat(first.readableBytes()).as("not changed").isEqualTo(length);
        return it.state() + " " + it.protocol().orElse("-") + " "
                + it.name().map(Host.Name::value).orElse("-");
    }

    private static String tcp(byte[] bytes) {
        return sniff(bytes, Transport.TCP);
    }

    private static String tcp(String text) {
        return tcp(text.getBytes(ISO_8859_1));
    }

    /** Every beginning asks for more until one gives the answer of the whole, which then stays. */
    private static int settles(byte[] bytes, String answer) {
        int settled = -1;
        for (int length = 0; length <= bytes.length; length++) {
            String seen = tcp(Arrays.copyOf(bytes, length));
            if (settled < 0 && !seen.startsWith("MORE")) {
                settled = length;
            }
            if (settled >= 0) {
                assertThat(seen).isEqualTo(answer);
            }
        }
        assertThat(settled).as("settled").isPositive();
        return settled;
    }

    /** What a real client sends first, as one record. */
    private static byte[] hello(String name) throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        if (!name.isEmpty()) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            engine.setSSLParameters(parameters);
        }
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        return Arrays.copyOf(out.array(), out.position());
    }

    /** The same message in records of {@code size} bytes. */
    private static byte[] fragmented(byte[] record, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 5; at < record.length; at += size) {
            int length = Math.min(size, record.length - at);
            out.writeBytes(new byte[] {22, 3, 1, (byte) (length >> 8), (byte) length});
            out.write(record, at, length);
        }
        return out.toByteArray();
    }

    @Test
    void tls_names_its_server_before_the_whole_hello_is_there() throws Exception {
        byte[] hello = hello("chat.example");
        int settled = settles(hello, "DONE tls chat.example");
        assertThat(settled).isLessThan(hello.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64, 200})
    void a_hello_in_many_records_is_put_together(int size) throws Exception {
        settles(fragmented(hello("chat.example"), size), "DONE tls chat.example");
    }

    /** The longest that browsers send: with a post-quantum key share, and the name behind it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 1000, 5000})
    void a_long_hello_in_records_of_one_byte_still_fits(int size) {
        byte[] message = QuicClient.join(new byte[5], QuicClient.hello("chat.example", 2300));
        byte[] hello = fragmented(message, size);
        assertThat(tcp(Arrays.copyOf(hello, 200))).startsWith("MORE");
        assertThat(tcp(hello)).isEqualTo("DONE tls chat.example");
    }

    @Test
    void early_data_that_follows_a_hello_at_once_hides_no_name() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(hello("chat.example"));
        out.writeBytes(new byte[] {20, 3, 3, 0, 1, 1, 23, 3, 3, 0, 3, 1, 2, 3});
        settles(out.toByteArray(), "DONE tls chat.example");
    }

    @Test
    void tls_without_a_name_is_tls() throws Exception {
        settles(hello(""), "DONE tls -");
    }

    @Test
    void names_are_normalised_and_addresses_are_none() throws Exception {
        assertThat(tcp(hello("Chat.EXAMPLE"))).isEqualTo("DONE tls chat.example");
        byte[] hello = hello("aaaaaaaaa");
        String text = new String(hello, ISO_8859_1);
        assertThat(tcp(text.replace("aaaaaaaaa", "192.0.2.1"))).isEqualTo("DONE tls -");
        assertThat(tcp(text.replace("aaaaaaaaa", "a b\u0000\u00ffcd.."))).isEqualTo("DONE tls -");
        assertThat(tcp(text.replace("aaaaaaaaa", "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000")))
                .isEqualTo("DONE tls -");
    }

    @Test
    void something_else_between_the_records_ends_the_search() throws Exception {
        byte[] hello = fragmented(hello("chat.example"), 20);
        hello[25] = 21; // an alert
        assertThat(tcp(hello)).isEqualTo("DONE tls -");
    }

    @Test
    void a_hello_without_end_is_given_up_at_16_kib() {
        byte[] bytes = new byte[40_000];
        for (int at = 0; at + 105 <= bytes.length; at += 105) {
            bytes[at] = 22;
            bytes[at + 1] = 3;
            bytes[at + 4] = 100;
        }
        bytes[5] = 1;
        bytes[6] = 127; // 8 MiB
        Arrays.fill(bytes, 47, 53, (byte) 127); // a long extension
        assertThat(tcp(Arrays.copyOf(bytes, Sniffer.MAX - 1)))
                .startsWith("MORE tls")
                .endsWith("-");
        assertThat(tcp(Arrays.copyOf(bytes, Sniffer.MAX))).startsWith("DONE tls");
        assertThat(tcp(bytes)).startsWith("DONE tls");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0016\u0002",
                "\u0016\u0003\u0009",
                "\u0016\u0003\u0001\u0000\u0000",
                "\u0016\u0003\u0001\u00ff\u00ff",
                "\u0016\u0003\u0001\u0000\u0004\u0002abc",
                "\u0005\u0001\u0000",
                "\u0013bitTorrent",
                "SSH_",
                "GETT / HTTP/1.1\r\n",
                "get / HTTP/1.1\r\n",
                "GET /\r\n",
                "GET / HTTP/2.0\r\n",
                "GET HTTP/1.1\r\n",
                " GET / HTTP/1.1\r\n",
                "\r\nGET / HTTP/1.1\r\n",
                "EHLO mail",
            })
    void other_bytes_are_nothing(String bytes) {
        assertThat(tcp(bytes)).isEqualTo("DONE - -");
    }

    @ParameterizedTest
    @CsvSource({
        "'GET / HTTP/1.1|Host: a.example||', a.example",
        "'GET / HTTP/1.1|Accept: */*|hOST:\tA.Example:8080 ||', a.example",
        "'POST /x?y=http://b.example/ HTTP/1.0|Host:a.example.||', a.example",
        "'OPTIONS * HTTP/1.1|Host: xn--bcher-kva.example||', xn--bcher-kva.example",
        "'GET http://a.example/x HTTP/1.1|Host: b.example||', a.example",
        "'GET http://a.example:81?x HTTP/1.1||', a.example",
        "'PROPFIND / HTTP/1.1|Host: a.example|Host: b.example||', a.example",
        "'GET / HTTP/1.1|Host: 192.0.2.1||', -",
        "'GET / HTTP/1.1|Host: [2001:db8::1]:80||', -",
        "'GET / HTTP/1.1|Host: [2001:db8::1]||', -",
        "'GET / HTTP/1.1|Host: a b||', -",
        "'GET / HTTP/1.1|Host:||', -",
        "'GET / HTTP/1.1|Accept: x||Host: body.example||', -",
        "'PRI * HTTP/2.0||SM||', -",
    })
    void http_names_its_host(String request, String name) {
        settles(request.replace("|", "\r\n").getBytes(ISO_8859_1), "DONE http " + name);
        settles(request.replace("|", "\n").getBytes(ISO_8859_1), "DONE http " + name);
    }

    @Test
    void a_request_without_end_is_given_up_at_8_kib() {
        String head = "GET / HTTP/1.1\r\n" + "A: b\r\n".repeat(3000);
        assertThat(tcp(head.substring(0, 8191))).isEqualTo("MORE http -");
        assertThat(tcp(head.substring(0, 8192))).isEqualTo("DONE http -");
        assertThat(tcp("GET /" + "a".repeat(9000))).isEqualTo("DONE http -");
    }

    @Test
    void ssh_and_bittorrent_are_told_by_their_greeting() {
        settles("SSH-2.0-OpenSSH_9.2p1\r\n".getBytes(ISO_8859_1), "DONE ssh -");
        settles("\u0013BitTorrent protocol\u0000".getBytes(ISO_8859_1), "DONE bittorrent -");
        assertThat(tcp("S")).isEqualTo("MORE - -");
        settles("SEARCH / HTTP/1.1\r\nHost: a.example\r\n\r\n".getBytes(ISO_8859_1), "DONE http a.example");
    }

    private static byte[] initial(int first, int version, int size) {
        ByteBuffer datagram = ByteBuffer.allocate(size);
        datagram.put((byte) first).putInt(version).put((byte) 8).position(14).put((byte) 0);
        return datagram.array();
    }

    @ParameterizedTest
    @CsvSource({
        "c3, 00000001, 1200, quic",
        "c0, 00000001, 1452, quic",
        "d1, 6b3343cf, 1200, quic",
        "c3, 00000001, 1199, -", // too short for a client's Initial
        "d3, 00000001, 1200, -", // 0-RTT
        "c3, 6b3343cf, 1200, -", // a Retry of version 2
        "83, 00000001, 1200, -", // no fixed bit
        "43, 00000001, 1200, -", // a short header
        "c3, 00000000, 1200, -", // version negotiation
        "c3, ff00001d, 1200, -", // a draft
    })
    void quic_is_told_by_the_initial(String first, String version, int size, String protocol) {
        byte[] datagram = initial(Integer.parseInt(first, 16), Integer.parseUnsignedInt(version, 16), size);
        assertThat(sniff(datagram, Transport.UDP)).isEqualTo("DONE " + protocol + " -");
        assertThat(tcp(datagram)).isEqualTo("DONE - -");
    }

    @Test
    void quic_ids_are_short() {
        byte[] datagram = initial(0xc0, 1, 1200);
        datagram[5] = 21;
        assertThat(sniff(datagram, Transport.UDP)).isEqualTo("DONE - -");
        datagram[5] = 8;
        datagram[14] = 21;
        assertThat(sniff(datagram, Transport.UDP)).isEqualTo("DONE - -");
        datagram[5] = (byte) 255;
        assertThat(sniff(datagram, Transport.UDP)).isEqualTo("DONE - -");
        assertThat(sniff(new byte[0], Transport.UDP)).isEqualTo("DONE - -");
    }

    @Test
    void garbled_bytes_throw_nothing() throws Exception {
        Random random = new Random(11);
        byte[][] seeds = {
            hello("chat.example"),
            fragmented(hello("chat.example"), 9),
            "GET http://a.example/ HTTP/1.1\r\nHost: a.example:80\r\n\r\n".getBytes(ISO_8859_1),
            initial(0xc0, 1, 1300),
        };
        for (int i = 0; i < 40_000; i++) {
            byte[] bytes = seeds[random.nextInt(seeds.length)].clone();
            for (int n = random.nextInt(6); n >= 0; n--) {
                bytes[random.nextInt(random.nextBoolean() ? Math.min(60, bytes.length) : bytes.length)] =
                        (byte) random.nextInt();
            }
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            assertThat(tcp(cut)).isNotEmpty();
            assertThat(sniff(cut, Transport.UDP)).startsWith("DONE");
        }
    }
}
