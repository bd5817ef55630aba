package dev.fenliu.inbound.socks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fenliu.inbound.Bytes;
import dev.fenliu.inbound.ClientChannel;
import dev.fenliu.inbound.Recognizer;
import dev.fenliu.inbound.RecordedFlows;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

class SocksHandshakeTest {
    private static final String HELLO = "05 01 00 ";
    private static final String LOGIN = "05 01 02 01 04 'anna' 06 'secret' ";
    private static final String V5 = "0500";
    private static final String IN = "05020100"; // method 2, login accepted

    /** What a client sends and what must come of it: replies in hex, and where the flow goes, or closed, or waiting. */
    private record Case(String what, boolean users, String sent, String replies, String outcome) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static Case open(String what, String sent, String replies, String outcome) {
        return new Case(what, false, sent, replies, outcome);
    }

    private static Case closed(boolean users, String what, String sent, String replies) {
        return new Case(what, users, sent, replies, "closed");
    }

    private static String no(int code) {
        return "05" + String.format("%02x", code) + "0001000000000000";
    }

    private static final String NO_4 = "005b000000000000";

    static final List<Case> GOOD = List.of(
            open("IPv4", HELLO + "05 01 00 01 c0000201 0050", V5, "192.0.2.1:80"),
            open("IPv6", HELLO + "05 01 00 04 20010db8 00*11 01 01bb", V5, "[2001:db8::1]:443"),
            open("mapped IPv6", HELLO + "05 01 00 04 00*10 ffff c0000201 0050", V5, "192.0.2.1:80"),
            open("name", HELLO + "05 01 00 03 0b 'example.com' 01bb", V5, "example.com:443"),
            open("name in capitals with a dot", HELLO + "05 01 00 03 0c 'EXAMPLE.com.' 01bb", V5, "example.com:443"),
            open("name in UTF-8", HELLO + "05 01 00 03 0f 'bücher.example' 0050", V5, "xn--bcher-kva.example:80"),
            open("name of one byte", HELLO + "05 01 00 03 01 'a' 0050", V5, "a:80"),
            open("address written as a name", HELLO + "05 01 00 03 09 '127.0.0.1' 0050", V5, "127.0.0.1:80"),
            open("IPv6 written as a name", HELLO + "05 01 00 03 03 '::1' 0050", V5, "[::1]:80"),
            open("IPv6 in brackets as a name", HELLO + "05 01 00 03 05 '[::1]' 0050", V5, "[::1]:80"),
            open("highest port", HELLO + "05 01 00 01 c0000201 ffff", V5, "192.0.2.1:65535"),
            open("reserved byte set", HELLO + "05 01 ff 01 c0000201 0050", V5, "192.0.2.1:80"),
            open("no login among others", "05 03 01 02 00 05 01 00 01 c0000201 0050", V5, "192.0.2.1:80"),
            open("255 methods", "05 ff 80*254 00 05 01 00 01 c0000201 0050", V5, "192.0.2.1:80"),
            open("the same method twice", "05 02 00 00 05 01 00 01 c0000201 0050", V5, "192.0.2.1:80"),
            open("unspecified address", HELLO + "05 01 00 01 00000000 0050", V5, "0.0.0.0:80"),
            new Case("login", true, LOGIN + "05 01 00 01 c0000201 0050", IN, "192.0.2.1:80"),
            new Case(
                    "login among others",
                    true,
                    "05 03 00 01 02 01 04 'anna' 06 'secret' 05 01 00 03 01 'a' 0050",
                    IN,
                    "a:80"),
            open("SOCKS 4", "04 01 0050 c0000201 00", "", "192.0.2.1:80"),
            open("SOCKS 4 with user", "04 01 0050 c0000201 'root' 00", "", "192.0.2.1:80"),
            open("SOCKS 4 with a user of 255 bytes", "04 01 0050 c0000201 75*255 00", "", "192.0.2.1:80"),
            open("SOCKS 4 user of any bytes", "04 01 0050 c0000201 ff0a0d80 00", "", "192.0.2.1:80"),
            open("SOCKS 4a", "04 01 01bb 00000001 00 'example.com' 00", "", "example.com:443"),
            open("SOCKS 4a, 0.0.0.255", "04 01 01bb 000000ff 'me' 00 'example.com' 00", "", "example.com:443"),
            open("SOCKS 4a address as a name", "04 01 01bb 00000001 00 '192.0.2.7' 00", "", "192.0.2.7:443"),
            open("SOCKS 4a IPv6 as a name", "04 01 01bb 00000001 00 '2001:db8::7' 00", "", "[2001:db8::7]:443"),
            open("SOCKS 4 to 0.0.1.0 is no name", "04 01 0050 00000100 00", "", "0.0.1.0:80"),
            open("SOCKS 4 to 0.0.0.0", "04 01 0050 00000000 00", "", "0.0.0.0:80"),
            open("SOCKS 4 to 255.255.255.255", "04 01 0050 ffffffff 00", "", "255.255.255.255:80"));

    /** Host names of no host, as SOCKS 4a and SOCKS 5 may carry them. */
    private static final List<String> NO_HOSTS = List.of(
            "",
            "20",
            "'a b'",
            "'a/b'",
            "'a@b'",
            "'a:80'",
            "'a%41'",
            "'a\\b'",
            "'*'",
            "'a?b'",
            "'a#b'",
            "'a..b'",
            "'.'",
            "'..'",
            "'.a'",
            "'a.b..'",
            "61*64",
            "61*64 '.b'",
            "61*254",
            "61*255",
            "61 01",
            "61 09",
            "61 0d 0a",
            "61 1b 5b 31 6d",
            "61 7f",
            "ff",
            "61 c3",
            "61 c0 80",
            "61 ed a0 80",
            "61 f5 80 80 80",
            "'a' 2024".replace("2024", "e280a8"),
            "e38082",
            "'1.2.3'",
            "'127.1'",
            "'2130706433'",
            "'0x7f000001'",
            "'0x7f.1'",
            "'0177.0.0.1'",
            "'1.2.3.4.5'",
            "'256.0.0.1'",
            "'1.2.3.04'",
            "'127.0.0.1:80'",
            "'['",
            "'[]'",
            "'[::1'",
            "'::1]'",
            "':::'",
            "'[127.0.0.1]'",
            "'1::2::3'",
            "'1:2:3:4:5:6:7'",
            "'1:2:3:4:5:6:7:8:9'",
            "'::12345'",
            "'::1.2.3.256'",
            "'fe80::1%'",
            "'http://a'");

    static final List<Case> MALFORMED = new ArrayList<>();

    static {
        greetings();
        logins();
        requests();
        requests4();
    }

    private static void greetings() {
        for (String first :
                List.of("00", "01", "02", "03", "06", "0a", "16 03 01", "'GET / HTTP/1.1'", "7f", "80", "ff")) {
            MALFORMED.add(closed(false, "version " + first, first + " 01 00", ""));
        }
        MALFORMED.add(closed(false, "no methods", "05 00", "05ff"));
        MALFORMED.add(closed(true, "no methods, login needed", "05 00", "05ff"));
        MALFORMED.add(closed(false, "no methods, request at once", "05 00 05 01 00 01 c0000201 0050", "05ff"));
        for (String methods : List.of("02", "01", "03", "7f", "80", "fe", "ff", "01 02", "03 09 80", "05 05 05")) {
            String sent = String.format("05 %02x ", Bytes.of(methods).length) + methods;
            MALFORMED.add(closed(false, "methods " + methods, sent, "05ff"));
        }
        MALFORMED.add(closed(false, "255 useless methods", "05 ff 02*255", "05ff"));
        for (String methods :
                List.of("00", "01", "03", "80", "ff", "00 00", "00 01 03", "00*255", "00 ff", "05 01 00")) {
            String sent = String.format("05 %02x ", Bytes.of(methods).length) + methods;
            MALFORMED.add(closed(true, "login needed, methods " + methods, sent, "05ff"));
            String more = sent + " 05 01 00 01 c0000201 0050";
            MALFORMED.add(closed(true, "login needed, request at once, methods " + methods, more, "05ff"));
        }
    }

    private static void logins() {
        for (String login : List.of(
                "01 04 'anna' 06 'Secret'",
                "01 04 'Anna' 06 'secret'",
                "01 04 'anna' 05 'secre'",
                "01 04 'anna' 07 'secrets'",
                "01 04 'anna' 06 'geheim'",
                "01 03 'bob' 06 'secret'",
                "01 05 'nobod' 06 'secret'",
                "01 05 'anna' 00 06 'secret'",
                "01 04 'anna' 07 'secret' 00",
                "01 06 'secret' 04 'anna'",
                "01 04 'anna' 00",
                "01 00 06 'secret'",
                "01 00 00",
                "01 04 'anna' 06 ff*6",
                "01 02 c3 28 06 'secret'",
                "01 ff 61*255 ff 61*255",
                "00 04 'anna' 06 'secret'",
                "02 04 'anna' 06 'secret'",
                "05 04 'anna' 06 'secret'",
                "ff 04 'anna' 06 'secret'",
                "05 01 00 01 c0 00 02 01 00 50",
                "01 04 'anna' 06 'wrong!' 05 01 00 01 c0000201 0050",
                "01 04 'anna' 06 'wrong!' 01 04 'anna' 06 'secret' 05 01 00 01 c0000201 0050")) {
            MALFORMED.add(closed(true, "login " + login, "05 01 02 " + login, "05020101"));
        }
    }

    private static void requests() {
        for (String version : List.of("00", "01", "04", "06", "7f", "ff")) {
            MALFORMED.add(closed(false, "request version " + version, HELLO + version + " 01 00 01 c0000201 0050", V5));
            MALFORMED.add(
                    closed(true, "after a login, version " + version, LOGIN + version + " 01 00 01 c0000201 0050", IN));
        }
        for (String command : List.of("00", "02", "04", "05", "7f", "80", "f0", "f1", "ff")) {
            for (String host : List.of("01 c0000201", "03 01 'a'", "04 00*15 01")) {
                String sent = HELLO + "05 " + command + " 00 " + host + " 0050";
                MALFORMED.add(closed(false, "command " + command + " to " + host, sent, V5 + no(7)));
            }
        }
        for (String type : List.of("00", "02", "05", "06", "7f", "80", "ff")) {
            for (String command : List.of("01", "02", "03")) {
                String sent = HELLO + "05 " + command + " 00 " + type + " c0000201 0050";
                MALFORMED.add(closed(false, "address type " + type + ", command " + command, sent, V5 + no(8)));
            }
        }
        for (String host : List.of("01 c0000201", "03 01 'a'", "04 00*15 01")) {
            MALFORMED.add(closed(false, "port 0 of " + host, HELLO + "05 01 00 " + host + " 0000", V5 + no(1)));
        }
        for (String host : NO_HOSTS) {
            String name = String.format("03 %02x ", Bytes.of(host).length) + host + " 0050";
            MALFORMED.add(closed(false, "host " + host, HELLO + "05 01 00 " + name, V5 + no(1)));
            MALFORMED.add(closed(true, "after a login, host " + host, LOGIN + "05 01 00 " + name, IN + no(1)));
        }
        MALFORMED.add(closed(false, "host with NUL", HELLO + "05 01 00 03 03 61 00 62 0050", V5 + no(1)));
        MALFORMED.add(closed(false, "host ending in NUL", HELLO + "05 01 00 03 02 61 00 0050", V5 + no(1)));
        MALFORMED.add(closed(false, "a second request", HELLO + "05 02 00 01 c0000201 0050 " + HELLO, V5 + no(7)));
    }

    private static void requests4() {
        for (String command : List.of("00", "02", "03", "04", "05", "7f", "80", "ff")) {
            MALFORMED.add(closed(false, "SOCKS 4 command " + command, "04 " + command + " 0050 c0000201 00", NO_4));
            MALFORMED.add(
                    closed(false, "SOCKS 4a command " + command, "04 " + command + " 0050 00000001 00 'a' 00", NO_4));
        }
        MALFORMED.add(closed(false, "SOCKS 4 port 0", "04 01 0000 c0000201 00", NO_4));
        MALFORMED.add(closed(false, "SOCKS 4a port 0", "04 01 0000 00000001 00 'a' 00", NO_4));
        MALFORMED.add(closed(true, "SOCKS 4, login needed", "04 01 0050 c0000201 'anna' 00", NO_4));
        MALFORMED.add(closed(true, "SOCKS 4a, login needed", "04 01 0050 00000001 'anna' 00 'a' 00", NO_4));
        MALFORMED.add(closed(false, "SOCKS 4 user of 256 bytes", "04 01 0050 c0000201 75*256", NO_4));
        MALFORMED.add(closed(false, "SOCKS 4 user without end", "04 01 0050 c0000201 75*4000", NO_4));
        MALFORMED.add(closed(false, "SOCKS 4a host of 256 bytes", "04 01 0050 00000001 00 61*256", NO_4));
        MALFORMED.add(
                closed(false, "SOCKS 4a user and host without end", "04 01 0050 00000001 75*255 00 61*4000", NO_4));
        for (String host : NO_HOSTS) {
            MALFORMED.add(closed(false, "SOCKS 4a host " + host, "04 01 0050 00000001 00 " + host + " 00", NO_4));
        }
    }

    private final Logger log = (Logger) org.slf4j.LoggerFactory.getLogger("dev.fenliu.inbound");
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private RecordedFlows flows;

    @BeforeEach
    void listen() {
        logged.start();
        log.addAppender(logged);
        log.setAdditive(false);
    }

    @AfterEach
    void nothing_unexpected_was_thrown() {
        log.detachAppender(logged);
        log.setAdditive(true);
        assertThat(logged.list).noneMatch(event -> event.getLevel() == Level.ERROR);
    }

    private ClientChannel client(boolean users) {
        flows = new RecordedFlows();
        ClientChannel client = new ClientChannel();
        new SocksAcceptor(users ? flows.context("socks", "anna", "secret", "bob", "geheim") : flows.context("socks"))
                .accept(client);
        return client;
    }

    private void check(Case given, byte[] sent, int... cuts) {
        ClientChannel client = client(given.users);
        client.send(sent, cuts);
        String outcome = !flows.streams.isEmpty()
                ? flows.streams.get(0).flow().destination().toString()
                : client.isOpen() ? "waiting" : "closed";
        assertThat(outcome).as("%s, cut at %s", given, cuts).isEqualTo(given.outcome);
        assertThat(client.received()).as("%s, cut at %s", given, cuts).isEqualTo(given.replies);
        assertThat(flows.streams).hasSizeLessThan(2);
        client.finishAndReleaseAll();
    }

    private void checkAllCuts(Case given) {
        byte[] sent = Bytes.of(given.sent);
        check(given, sent);
        check(given, sent, IntStream.range(1, sent.length).toArray());
        for (int cut = 1; cut < sent.length; cut++) {
            check(given, sent, cut);
        }
    }

    @ParameterizedTest
    @FieldSource("GOOD")
    void a_request_goes_where_it_says_however_it_is_cut(Case given) {
        checkAllCuts(given);
    }

    @ParameterizedTest
    @FieldSource("MALFORMED")
    void a_malformed_request_gets_the_documented_answer_however_it_is_cut(Case given) {
        checkAllCuts(given);
    }

    @ParameterizedTest
    @FieldSource("GOOD")
    void a_request_that_ends_too_early_is_waited_for_until_the_client_ends_its_stream(Case given) {
        byte[] sent = Bytes.of(given.sent);
        for (int length = 0; length < sent.length; length++) {
            ClientChannel client = client(given.users);
            client.send(Arrays.copyOf(sent, length));
            assertThat(client.isOpen()).isTrue();
            assertThat(given.replies).startsWith(client.received());
            client.halfClose();
            assertThat(client.isOpen()).isFalse();
            assertThat(client.received()).isEmpty();
            assertThat(flows.streams).isEmpty();
            client.finishAndReleaseAll();
        }
    }

    @ParameterizedTest
    @FieldSource("GOOD")
    void no_changed_byte_does_more_than_change_the_answer(Case given) {
        byte[] sent = Bytes.of(given.sent);
        for (int at = 0; at < sent.length && at < 32; at++) {
            byte right = sent[at];
            for (int value = 0; value < 256; value++) {
                sent[at] = (byte) value;
                String whole = outcome(given.users, sent);
                assertThat(whole)
                        .matches("(0500|05ff|0502|0101|0100|05(01|07|08)0001(00){6}|00(5b)(00){6})*"
                                + "(waiting|closed|to .*|association)");
                if (Integer.bitCount(value ^ right & 0xff) == 1) {
                    int[] everywhere = IntStream.range(1, sent.length).toArray();
                    assertThat(outcome(given.users, sent, everywhere)).isEqualTo(whole);
                }
                if (given.users && whole.contains("to ")) {
                    assertThat(whole).startsWith(IN);
                }
            }
            sent[at] = right;
        }
    }

    private String outcome(boolean users, byte[] sent, int... cuts) {
        ClientChannel client = client(users);
        client.send(sent, cuts);
        String replies = client.received();
        boolean associated = client.pipeline().get(SocksHandshake.class) == null;
        String end = !flows.streams.isEmpty()
                ? "to " + flows.streams.get(0).flow().destination()
                : associated ? "association" : client.isOpen() ? "waiting" : "closed";
        client.finishAndReleaseAll();
        return associated && flows.streams.isEmpty() ? end : replies + end;
    }

    @Test
    void bytes_behind_the_request_follow_the_handshake_untouched() {
        for (Case given : GOOD) {
            byte[] sent = Bytes.of(given.sent + " 05 01 00 'early'");
            for (int cut = 0; cut < sent.length; cut++) {
                ClientChannel client = client(given.users);
                client.send(sent, cut == 0 ? new int[0] : new int[] {cut});
                assertThat(client.passedOn()).isEqualTo("050100" + Bytes.hex("early".getBytes(US_ASCII)));
                assertThat(client.received()).isEqualTo(given.replies);
                assertThat(client.pipeline().get(SocksHandshake.class)).isNull();
                client.finishAndReleaseAll();
            }
        }
    }

    @Test
    void a_flow_names_its_listener_its_source_and_its_user() {
        ClientChannel client = client(true);
        client.send(Bytes.of(LOGIN + "05 01 00 01 c0000201 0050"));
        Flow flow = flows.streams.get(0).flow();
        assertThat(flow.listener()).isEqualTo("socks");
        assertThat(flow.source()).isEqualTo(ClientChannel.SOURCE);
        assertThat(flow.user()).isEqualTo(Optional.of("anna"));
        client.finishAndReleaseAll();

        client = client(false);
        client.send(Bytes.of("04 01 0050 c0000201 'anna' 00"));
        assertThat(flows.streams.get(0).flow().user())
                .as("SOCKS 4 proves nothing")
                .isEmpty();
        client.finishAndReleaseAll();
    }

    @Test
    void an_accepted_stream_is_told_so_in_its_version() {
        ClientChannel client = client(false);
        client.send(Bytes.of(HELLO + "05 01 00 01 c0000201 0050"));
        client.received();
        flows.streams.get(0).accept();
        assertThat(client.received()).isEqualTo("05000001000000000000");
        assertThat(client.isOpen()).isTrue();
        client.finishAndReleaseAll();

        client = client(false);
        client.send(Bytes.of("04 01 0050 c0000201 00"));
        flows.streams.get(0).accept();
        assertThat(client.received()).isEqualTo("005a000000000000");
        assertThat(client.isOpen()).isTrue();
        client.finishAndReleaseAll();
    }

    @ParameterizedTest
    @EnumSource(Failure.Kind.class)
    void a_refused_stream_is_told_why_and_closed(Failure.Kind kind) {
        int expected = switch (kind) {
            case BLOCKED, FORBIDDEN, LOOP -> 2;
            case NETWORK_UNREACHABLE -> 3;
            case UNRESOLVED, RESOLVER_FAILED, RESOLVER_TIMEOUT, HOST_UNREACHABLE, TIMEOUT -> 4;
            case REFUSED -> 5;
            case UNSUPPORTED -> 7;
            default -> 1;
        };
        ClientChannel client = client(false);
        client.send(Bytes.of(HELLO + "05 01 00 01 c0000201 0050"));
        flows.streams.get(0).refuse(new Failure(kind, "test"));
        assertThat(client.received()).isEqualTo(V5 + no(expected));
        assertThat(client.isOpen()).isFalse();
        client.finishAndReleaseAll();

        client = client(false);
        client.send(Bytes.of("04 01 0050 c0000201 00"));
        flows.streams.get(0).refuse(new Failure(kind, "test"));
        assertThat(client.received()).isEqualTo(NO_4);
        assertThat(client.isOpen()).isFalse();
        client.finishAndReleaseAll();
    }

    @Test
    void a_refused_login_is_logged_without_the_password() {
        ClientChannel client = client(true);
        client.send(Bytes.of("05 01 02 01 04 'anna' 06 'guess1'"));
        assertThat(logged.list).hasSize(1);
        assertThat(logged.list.get(0).getFormattedMessage())
                .contains("socks", "127.0.0.1:50000")
                .doesNotContain("guess1");
        client.finishAndReleaseAll();
    }

    @Test
    void a_login_of_another_version_is_refused_at_its_first_byte() {
        ClientChannel client = client(true);
        client.send(Bytes.of("05 01 02 05"));
        assertThat(client.received()).isEqualTo("05020101");
        assertThat(client.isOpen()).isFalse();
        client.finishAndReleaseAll();
    }

    @Test
    void only_the_first_bytes_of_socks_are_recognised() {
        SocksAcceptor socks = new SocksAcceptor(new RecordedFlows().context("mixed"));
        for (int first = 0; first < 256; first++) {
            ByteBuf bytes = Unpooled.wrappedBuffer(new byte[] {0, (byte) first}).skipBytes(1);
            assertThat(socks.recognise(bytes))
                    .isEqualTo(first == 4 || first == 5 ? Recognizer.Match.YES : Recognizer.Match.NO);
            assertThat(bytes.readableBytes()).isEqualTo(1);
        }
    }

    @Test
    void a_failure_of_ours_is_logged_and_closes_the_client() {
        RecordedFlows broken = new RecordedFlows();
        ClientChannel client = new ClientChannel();
        new SocksAcceptor(broken.context("socks")).accept(client);
        client.pipeline().fireExceptionCaught(new IllegalStateException("test"));
        assertThat(client.isOpen()).isFalse();
        assertThat(logged.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.ERROR);
        logged.list.clear();

        client = new ClientChannel();
        new SocksAcceptor(broken.context("socks")).accept(client);
        client.pipeline().fireExceptionCaught(new java.io.IOException("connection reset"));
        assertThat(client.isOpen()).isFalse();
        assertThat(logged.list).isEmpty();
    }
}
