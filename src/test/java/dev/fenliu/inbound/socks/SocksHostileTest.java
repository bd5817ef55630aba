package dev.fenliu.inbound.socks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.hostile.Caller;
import dev.fenliu.hostile.Mutations;
import dev.fenliu.hostile.Table;
import dev.fenliu.inbound.Bytes;
import dev.fenliu.inbound.HostileScene;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile clients of SOCKS 4 and 5, in the tables {@code resources/hostile/socks*.txt}. */
@Timeout(120)
class SocksHostileTest {
    private static final String GRANTED = "005a000000000000";
    private static final String REJECTED = "005b000000000000";
    private static final String ASSOCIATED = "050000017f000001....";
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    /** All that a SOCKS client may ever get to see: whole replies in their order, then its own payload. */
    private static final String DEFINED =
            "|005[ab]0{12}(..)*|05ff|0500|0502(01(00|01))?" + "|(0500|05020100)050[0-8]0001(0{12}|7f000001....)(..)*";

    private static HostileScene scene;
    private static int socks;
    private static int mixed;
    private static int withUsers;
    private static int hurried;

    @BeforeAll
    static void open() throws Exception {
        scene = HostileScene.local();
        socks = scene.listen(SocksAcceptor::new, Map.of());
        mixed = scene.listen(HostileScene::mixed, Map.of());
        withUsers = scene.listen(SocksAcceptor::new, HostileScene.USERS);
        hurried = scene.listen(SocksAcceptor::new, Map.of(), Duration.ofSeconds(1));
        Caller.exchange(socks, Bytes.of("04 01 0007 01020304 00"), true); // loads what is loaded once
        scene.watch();
    }

    @AfterAll
    static void close() throws Exception {
        scene.assertNothingLeft();
        scene.close();
    }

    static Stream<Table.Case> withoutUsers() {
        return Table.cases("socks4.txt", "socks5.txt");
    }

    static Stream<Table.Case> withUsers() {
        return Table.cases("socks5-users.txt");
    }

    static Stream<Table.Case> datagrams() {
        return Table.cases("socks5-datagrams.txt");
    }

    @ParameterizedTest
    @MethodSource("withoutUsers")
    void a_client_gets_what_its_bytes_deserve(Table.Case one) throws Exception {
        check(socks, one);
        if (!one.group().contains("version that there is not")) { // some of which are for another protocol
            check(mixed, one);
        }
    }

    @ParameterizedTest
    @MethodSource("withUsers")
    void a_user_gets_what_its_bytes_deserve(Table.Case one) throws Exception {
        check(withUsers, one);
    }

    private static void check(int port, Table.Case one) throws IOException {
        boolean fin = one.expected().startsWith("+fin ");
        boolean late = one.expected().startsWith("+late ");
        String wanted = reply(one.expected().replaceFirst("^\\+[a-z]+ ", ""));
        try (Caller caller = Caller.to(port)) {
            caller.send(Bytes.of(one.sent()));
            String first = late ? Bytes.hex(caller.some(wanted.length() / 2)) : "";
            if (fin || late) {
                caller.end();
            }
            assertThat(first + Bytes.hex(caller.all())).matches(wanted);
        }
    }

    /** The hex digits of a reply as it is written in a table. */
    private static String reply(String written) {
        if (written.equals("close")) {
            return "";
        }
        StringBuilder all = new StringBuilder();
        for (String word : written.split(" ", -1)) {
            all.append(
                    switch (word) {
                        case "GRANTED" -> GRANTED;
                        case "REJECTED" -> REJECTED;
                        case "ASSOCIATED" -> ASSOCIATED;
                        case "OK" -> replied("00");
                        default -> word.startsWith("REP:") ? replied(word.substring(4)) : Bytes.hex(Bytes.of(word));
                    });
        }
        return all.toString();
    }

    private static String replied(String code) {
        return "05" + code + "0001000000000000";
    }

    private static Map<Integer, List<byte[]>> golden() {
        return Map.of(
                socks,
                messages("socks4-golden.txt", "socks5-golden.txt"),
                withUsers,
                messages("socks5-users-golden.txt"));
    }

    private static List<byte[]> messages(String... tables) {
        return Table.cases(tables).map(one -> Bytes.of(one.sent())).toList();
    }

    @Test
    void every_beginning_of_a_message_ends_with_the_client() throws Exception {
        for (Map.Entry<Integer, List<byte[]>> port : golden().entrySet()) {
            for (byte[] message : port.getValue()) {
                for (byte[] beginning : Mutations.truncations(message)) {
                    assertThat(Bytes.hex(Caller.exchange(port.getKey(), beginning, true)))
                            .as(Bytes.hex(beginning))
                            .matches(DEFINED);
                }
            }
        }
    }

    @Test
    void every_changed_byte_gets_a_reply_or_an_end() throws Exception {
        for (Map.Entry<Integer, List<byte[]>> port : golden().entrySet()) {
            for (byte[] message : port.getValue()) {
                for (byte[] changed : Mutations.flips(message)) {
                    assertThat(Bytes.hex(Caller.exchange(port.getKey(), changed, true)))
                            .as(Bytes.hex(changed))
                            .matches(DEFINED);
                }
            }
        }
    }

    @Test
    void a_client_that_goes_on_no_further_is_closed_when_its_time_is_over() throws Exception {
        List<byte[]> beginnings = new ArrayList<>();
        Table.cases("socks5-golden.txt", "socks4-golden.txt")
                .filter(one -> !one.text().contains("early"))
                .forEach(one -> beginnings.addAll(Mutations.truncations(Bytes.of(one.sent()))));
        for (byte[] answer : Caller.stalls(hurried, beginnings, 20)) {
            assertThat(Bytes.hex(answer)).matches("(0500)?");
        }
    }

    // datagrams

    /** A control connection, the relay that it was told, and a socket to send from. */
    private static final class Association implements AutoCloseable {
        final Caller control;
        final InetSocketAddress relay;
        final DatagramSocket client;

        Association(InetAddress from) throws IOException {
            control = Caller.to(socks);
            control.send(Bytes.of("05 01 00 05 03 00 01 00000000 0000"));
            byte[] reply = control.socket().getInputStream().readNBytes(12);
            assertThat(Bytes.hex(reply)).matches("0500" + ASSOCIATED);
            relay = new InetSocketAddress(HERE, (reply[10] & 0xff) << 8 | reply[11] & 0xff);
            client = new DatagramSocket(0, from);
            client.setSoTimeout(2000);
        }

        void send(String bytes) throws IOException {
            byte[] datagram = Bytes.of(bytes);
            client.send(new DatagramPacket(datagram, datagram.length, relay));
        }

        String receive() throws IOException {
            DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
            client.receive(packet);
            return Bytes.hex(Arrays.copyOf(packet.getData(), packet.getLength()));
        }

        /** What comes back for a datagram that is in order, sent after all others: nothing of theirs has come. */
        void assertGoesOn(String mark) throws IOException {
            send("0000 00 01 01020304 0007 '" + mark + "'");
            assertThat(receive()).isEqualTo(Bytes.hex(Bytes.of("0000 00 01 01020304 0007 '" + mark + "'")));
        }

        @Override
        public void close() throws IOException {
            client.close();
            control.close();
        }
    }

    @ParameterizedTest
    @MethodSource("datagrams")
    void a_datagram_comes_back_or_is_lost(Table.Case one) throws Exception {
        try (Association udp = new Association(HERE)) {
            udp.assertGoesOn("first");
            udp.send(one.sent());
            if (one.expected().equals("back")) {
                assertThat(udp.receive()).isEqualTo(Bytes.hex(Bytes.of(one.sent())));
            }
            udp.assertGoesOn("last");
        }
    }

    @Test
    void every_cut_and_changed_datagram_comes_back_or_is_lost() throws Exception {
        try (Association udp = new Association(HERE)) {
            udp.assertGoesOn("first");
            for (String good : List.of(
                    "0000 00 01 01020304 0007 'x'",
                    "0000 00 03 06 'a.test' 0007 'x'",
                    "0000 00 04 20010db8 00*11 07 0007 'x'")) {
                List<byte[]> all = new ArrayList<>(Mutations.truncations(Bytes.of(good)));
                all.addAll(Mutations.flips(Bytes.of(good)));
                for (byte[] datagram : all) {
                    String hex = Bytes.hex(datagram);
                    udp.send(hex);
                    udp.send("0000 00 01 01020304 0007 'mark'");
                    String mark = Bytes.hex(Bytes.of("0000 00 01 01020304 0007 'mark'"));
                    String back = udp.receive();
                    if (!back.equals(mark)) {
                        assertThat(back).as(hex).startsWith("000000").hasSizeLessThanOrEqualTo(2 * (3 + 259 + 300));
                        assertThat(udp.receive()).isEqualTo(mark);
                    }
                }
            }
        }
    }

    @Test
    void an_association_serves_its_client_and_nobody_else() throws Exception {
        try (Association udp = new Association(HERE);
                DatagramSocket elsewhere = new DatagramSocket(0, InetAddress.getByAddress(new byte[] {127, 0, 0, 2}));
                DatagramSocket other = new DatagramSocket(0, HERE)) {
            byte[] stolen = Bytes.of("0000 00 01 01020304 0007 'stolen'");
            elsewhere.send(new DatagramPacket(stolen, stolen.length, udp.relay));
            udp.assertGoesOn("mine");
            other.send(new DatagramPacket(stolen, stolen.length, udp.relay));
            elsewhere.send(new DatagramPacket(stolen, stolen.length, udp.relay));
            udp.assertGoesOn("still mine");
        }
    }

    @Test
    void two_associations_do_not_mix_and_end_each_with_its_connection() throws Exception {
        Association one = new Association(HERE);
        try (Association two = new Association(HERE)) {
            one.assertGoesOn("one");
            two.assertGoesOn("two");
            one.client.send(new DatagramPacket(new byte[20], 20, two.relay));
            byte[] strange = Bytes.of("0000 00 01 01020304 0007 'strange'");
            one.client.send(new DatagramPacket(strange, strange.length, two.relay));
            two.assertGoesOn("two again");
            one.close();
            two.assertGoesOn("two to the end");
        }
    }

    @Test
    void the_connection_of_an_association_may_say_what_it_likes() throws Exception {
        try (Association udp = new Association(HERE)) {
            udp.control.send(new byte[300_000]);
            udp.assertGoesOn("alive");
            udp.control.end();
            assertThat(udp.control.all()).isEmpty();
        }
    }
}
