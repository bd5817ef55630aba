package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.fenliu.model.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadTest {
    private static final String LINE = "GET http://a.test/p HTTP/1.1\r\n";
    private static final String HOST = "Host: a.test\r\n";

    /** Pairs of status and request; {@code \n} alone is a bare line feed. */
    static Stream<Arguments> malformed() {
        List<Arguments> all = new ArrayList<>();
        lines(all);
        fields(all);
        framing(all);
        targets(all);
        hosts(all);
        connects(all);
        return all.stream();
    }

    private static void add(List<Arguments> all, int status, String... requests) {
        for (String request : requests) {
            all.add(Arguments.of(status, request));
        }
    }

    private static void lines(List<Arguments> all) {
        for (String line : List.of(
                "GET",
                "GET ",
                "GET http://a.test/",
                "GET  http://a.test/ HTTP/1.1",
                "GET http://a.test/  HTTP/1.1",
                "GET http://a.test/ HTTP/1.1 ",
                " GET http://a.test/ HTTP/1.1",
                "GET http://a.test/a b HTTP/1.1",
                "GET\thttp://a.test/ HTTP/1.1",
                "GET http://a.test/\tHTTP/1.1",
                "GET http://a.test/\t HTTP/1.1",
                "GET http://a.test/ HTTP/1.1\t",
                "G(T http://a.test/ HTTP/1.1",
                "G/T http://a.test/ HTTP/1.1",
                "GET: http://a.test/ HTTP/1.1",
                "\"GET\" http://a.test/ HTTP/1.1",
                "G\u00c9T http://a.test/ HTTP/1.1",
                "GET http://a.test/ HTTP",
                "GET http://a.test/ HTTP/",
                "GET http://a.test/ HTTP/1",
                "GET http://a.test/ HTTP/1.",
                "GET http://a.test/ HTTP/.1",
                "GET http://a.test/ HTTP/11",
                "GET http://a.test/ HTTP/1.1.1",
                "GET http://a.test/ HTTP/1.10",
                "GET http://a.test/ HTTP/01.1",
                "GET http://a.test/ HTTP/1,1",
                "GET http://a.test/ HTTP/1.x",
                "GET http://a.test/ HTTP/+1.1",
                "GET http://a.test/ http/1.1",
                "GET http://a.test/ HTTPS/1.1",
                "GET http://a.test/ HTP/1.1",
                "GET http://a.test/ XHTTP/1.1",
                "GET http://a.test/ RTSP/1.0",
                "GET http://a.test/ ICE/1.0",
                "GET http://a.test/ HTTP/1.1HTTP/1.1",
                "HTTP/1.1 200 OK",
                "http://a.test/ GET HTTP/1.1")) {
            add(all, 400, line + "\r\n" + HOST + "\r\n");
        }
        for (String version : List.of("0.9", "1.2", "1.9", "2.0", "3.0", "0.1", "9.9", "0.0", "2.1")) {
            add(all, 505, "GET http://a.test/ HTTP/" + version + "\r\n" + HOST + "\r\n");
        }
        add(all, 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        add(
                all,
                400,
                "\n" + LINE + HOST + "\r\n",
                "\r" + LINE + HOST + "\r\n",
                "\r\n\r\n" + LINE + HOST + "\r\n",
                "GET http://a.test/p HTTP/1.1\n" + HOST + "\r\n",
                LINE + "Host: a.test\n\r\n",
                LINE + HOST + "\n",
                LINE + HOST + "X: 1\rY: 2\r\n\r\n",
                LINE + HOST + "X: 1\r\r\n\r\n",
                LINE + HOST + "\r\r\n",
                "GET http://a.test/\rp HTTP/1.1\r\n" + HOST + "\r\n",
                "GET http://a.test/\0 HTTP/1.1\r\n" + HOST + "\r\n",
                "GET http://a.test/\u0001 HTTP/1.1\r\n" + HOST + "\r\n",
                "GET http://a.test/\u007f HTTP/1.1\r\n" + HOST + "\r\n",
                "GET\u000bhttp://a.test/\u000bHTTP/1.1\r\n" + HOST + "\r\n",
                "\u0016\u0003\u0001\u0002\0\u0001",
                "\u0005\u0001\0");
        add(all, 414, "GET http://a.test/" + "x".repeat(8200) + " HTTP/1.1\r\n", "A".repeat(8193));
        add(all, 431, LINE + HOST + "X: " + "x".repeat(32 << 10), LINE + HOST + "X: 1\r\n".repeat(100) + "\r\n");
        add(all, 431, LINE + HOST + ("X: " + "x".repeat(1000) + "\r\n").repeat(33));
    }

    private static void fields(List<Arguments> all) {
        for (String field : List.of(
                "X",
                ": x",
                ":",
                " : x",
                "X : 1",
                "X\t: 1",
                "Content-Length : 5",
                "Transfer-Encoding : chunked",
                " X: folded",
                "\tX: folded",
                "X: 1\r\n folded",
                "X: 1\r\n\tfolded",
                "X: 1\r\n ",
                "X Y: 1",
                "X(Y): 1",
                "X@Y: 1",
                "X[0]: 1",
                "X{}: 1",
                "X,Y: 1",
                "X;Y: 1",
                "X=Y: 1",
                "X?: 1",
                "X/Y: 1",
                "X\\Y: 1",
                "\"X\": 1",
                "<X>: 1",
                "X\u00e9: 1",
                "X\u0080: 1",
                "X: \0",
                "X: a\0b",
                "X\0: 1",
                "X: \u0001",
                "X: \u0008",
                "X: \u000b",
                "X: \u000c",
                "X: \u001f",
                "X: \u007f",
                "X\u007f: 1",
                "Connection: a b",
                "Connection: \"close\"",
                "Connection: close; x",
                "Connection: (x)",
                "Connection: host",
                "Connection: Host",
                "Connection: close, Content-Length",
                "Connection: Transfer-Encoding",
                "Connection: x,cookie",
                "Connection: close\r\nConnection: Authorization")) {
            add(all, 400, LINE + HOST + field + "\r\n\r\n");
        }
        add(all, 400, LINE + " Host: a.test\r\n\r\n", LINE + "\tHost: a.test\r\n\r\n");
    }

    private static void framing(List<Arguments> all) {
        for (String fields : List.of(
                "Content-Length: +1",
                "Content-Length: -1",
                "Content-Length: 0x1",
                "Content-Length: 1 2",
                "Content-Length: 1,1",
                "Content-Length: 1, 1",
                "Content-Length: 1;",
                "Content-Length: 1.0",
                "Content-Length: 1e3",
                "Content-Length: ",
                "Content-Length:",
                "Content-Length: a",
                "Content-Length: \"1\"",
                "Content-Length: 1\u00a0",
                "Content-Length: \u0661",
                "Content-Length: 9999999999999999999",
                "Content-Length: 18446744073709551617",
                "Content-Length: 1_000",
                "Content-Length: 1\r\nContent-Length: 1",
                "Content-Length: 1\r\nContent-Length: 2",
                "Content-Length: 0\r\ncontent-length: 0",
                "Content-Length: 1\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 1",
                "Transfer-Encoding: chunked\r\nContent-Length: 0",
                "Transfer-Encoding: identity\r\nContent-Length: 1",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: gzip",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: chunked, gzip",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunkedx",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: chun ked",
                "Transfer-Encoding: ,chunked",
                "Transfer-Encoding: chunked,",
                "Transfer-Encoding:",
                "Transfer-Encoding: \u000bchunked",
                "Transfer_Encoding : chunked",
                "Transfer-Encoding: chunked\r\n X",
                "Transfer-Encoding:\r\n chunked")) {
            add(all, 400, "POST http://a.test/p HTTP/1.1\r\n" + HOST + fields + "\r\n\r\n");
        }
        add(all, 400, "POST http://a.test/ HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
    }

    private static void targets(List<Arguments> all) {
        for (String target : List.of(
                "/",
                "/p",
                "*",
                "//a.test/",
                "a.test",
                "a.test/",
                "a.test:80",
                "http:",
                "http:/a.test/",
                "http:///p",
                "http://",
                "http://:80/",
                "http://?q",
                "https://a.test/",
                "HTTPS://a.test/",
                "http://u@a.test/",
                "http://u:p@a.test/",
                "http://a.test@b.test/",
                "http://a.test:0/",
                "http://a.test:65536/",
                "http://a.test:+80/",
                "http://a.test:80:80/",
                "http://a.test:x/",
                "http://a.test/#f",
                "http://a.test#f",
                "http://a..test/",
                "http://.a.test/",
                "http://a%2etest/",
                "http://a_test!/",
                "http://a,test/",
                "http://a\\test/",
                "http://\u00e9.test/",
                "http://1.2.3/",
                "http://0x7f.1/",
                "http://2130706433/",
                "http://127.0.0.01/",
                "http://[::1/",
                "http://::1/",
                "http://[a.test]/",
                "http://[]/",
                "http://" + "a".repeat(64) + ".test/",
                "http//a.test/",
                "://a.test/",
                "ht tp",
                "!://a.test/".substring(1))) {
            String host = target.replaceAll("^https?:/*", "").replaceAll("[/?#].*", "");
            add(all, 400, "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        }
        for (String scheme : List.of("ftp", "FTP", "ws", "wss", "gopher", "file", "httpx", "httpss")) {
            add(all, 501, "GET " + scheme + "://a.test/ HTTP/1.1\r\n" + HOST + "\r\n");
        }
    }

    private static void hosts(List<Arguments> all) {
        add(all, 400, LINE + "\r\n", LINE + HOST + HOST + "\r\n", LINE + HOST + "host: a.test\r\n\r\n");
        add(all, 400, "GET http://a.test/ HTTP/1.0\r\n" + HOST + HOST + "\r\n", LINE + HOST + "hOST: b.test\r\n\r\n");
        for (String host : List.of(
                "",
                "b.test",
                "a.test:81",
                "a.test:443",
                "a.test, a.test",
                "a.test b.test",
                "u@a.test",
                "http://a.test",
                "a.test/",
                "a.test.b.test",
                "xa.test",
                "[::1]",
                "127.0.0.1",
                "a.test:080080",
                "a.test:-80")) {
            add(all, 400, LINE + "Host: " + host + "\r\n\r\n");
        }
    }

    private static void connects(List<Arguments> all) {
        for (String target : List.of(
                "a.test",
                "a.test:",
                "a.test:0",
                "a.test:65536",
                "a.test:99999999999",
                ":443",
                "a.test:443/",
                "http://a.test:443",
                "u@a.test:443",
                "/",
                "*",
                "::1:443",
                "[::1]",
                "[::1:443",
                "a.test:44 3",
                "a.test:https",
                "-",
                "a\u00e9.test:443")) {
            add(all, 400, "CONNECT " + target + " HTTP/1.1\r\nHost: a.test:443\r\n\r\n");
        }
        String line = "CONNECT a.test:443 HTTP/1.1\r\n";
        add(all, 400, line + "\r\n", line + "Host: a.test\r\nHost: a.test\r\n\r\n");
        add(all, 400, line + HOST + "Content-Length: 1\r\n\r\n", line + HOST + "Transfer-Encoding: chunked\r\n\r\n");
        add(all, 400, "connect a.test:443 HTTP/1.1\r\n" + HOST + "\r\n");
        add(all, 505, "CONNECT a.test:443 HTTP/2.0\r\n" + HOST + "\r\n");
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void a_malformed_request_is_refused_with_its_status(int status, String request) {
        Malformed refusal = catchThrowableOfType(Malformed.class, () -> parse(request));
        assertThat(refusal).as(request).isNotNull();
        assertThat(refusal.status()).isEqualTo(status);
        assertThat(refusal.text()).isNotBlank().doesNotContain("\r", "\n", "\0");
        assertThat(refusal.getStackTrace()).isEmpty();
    }

    @Test
    void there_are_enough_malformed_requests() {
        assertThat(malformed()).hasSizeGreaterThan(200);
    }

    @Test
    void a_refusal_comes_as_soon_as_the_head_is_complete_however_it_is_cut() throws Exception {
        for (Arguments arguments : malformed().toList()) {
            String request = (String) arguments.get()[1];
            if (request.length() > 4000) {
                continue;
            }
            HeadReader reader = HeadReader.requests();
            assertThatThrownBy(() -> {
                        for (byte b : request.getBytes(StandardCharsets.ISO_8859_1)) {
                            String head = reader.read(Unpooled.wrappedBuffer(new byte[] {b}));
                            if (head != null) {
                                RequestHead.parse(head);
                            }
                        }
                    })
                    .as(request)
                    .isInstanceOf(Malformed.class);
        }
    }

    @Test
    void a_head_is_the_same_whole_byte_by_byte_and_split_everywhere() throws Exception {
        String text = "POST http://A.test:8080/p?q HTTP/1.1\r\nHost:  A.test:8080\r\nX-a:b \r\n\r\n";
        byte[] bytes = ("\r\n" + text + "rest").getBytes(StandardCharsets.ISO_8859_1);
        for (int cut = 0; cut < bytes.length - 4; cut++) {
            HeadReader reader = HeadReader.requests();
            ByteBuf first = Unpooled.wrappedBuffer(bytes, 0, cut);
            ByteBuf second = Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut);
            assertThat(reader.read(first)).isNull();
            assertThat(reader.started()).isEqualTo(cut != 0 && cut != 2);
            assertThat(reader.read(second)).isEqualTo(text);
            assertThat(reader.started()).isFalse();
            assertThat(second.toString(StandardCharsets.ISO_8859_1)).isEqualTo("rest");
        }
    }

    @Test
    void one_reader_reads_many_heads() throws Exception {
        ByteBuf both = bytes("GET http://a.test/1 HTTP/1.1\r\nHost: a.test\r\n\r\n".repeat(3));
        HeadReader reader = HeadReader.requests();
        for (int i = 0; i < 3; i++) {
            assertThat(reader.read(both)).startsWith("GET http://a.test/1 ");
        }
        assertThat(reader.read(both)).isNull();
    }

    @Test
    void a_request_reaches_the_origin_as_it_came_but_for_what_is_meant_for_us() throws Exception {
        assertThat(forOrigin("""
                GET http://a.test:80/x?y=1 HTTP/1.1
                user-AGENT:\tme  \s
                Proxy-Connection: Keep-Alive
                HOST: a.test
                Proxy-Authorization: Basic eDp5
                Connection: keep-alive, X-Mine
                X-Mine: 1
                Keep-Alive: 5
                TE: trailers
                Trailer: x
                Upgrade: h2c
                Cookie: a=\u00e9
                Cookie: b
                """)).isEqualTo("""
                GET /x?y=1 HTTP/1.1
                user-AGENT:\tme  \s
                HOST: a.test:80
                Cookie: a=\u00e9
                Cookie: b
                """);
    }

    @Test
    void an_upgrade_is_passed_on_with_one_connection_header() throws Exception {
        assertThat(forOrigin("""
                GET http://a.test/chat HTTP/1.1
                Host: a.test
                Connection: keep-alive, Upgrade
                Upgrade: websocket
                Sec-WebSocket-Key: x
                """)).isEqualTo("""
                GET /chat HTTP/1.1
                Host: a.test
                Connection: Upgrade
                Upgrade: websocket
                Sec-WebSocket-Key: x
                """);
    }

    @Test
    void an_upgrade_to_http_2_is_not_passed_on() throws Exception {
        RequestHead request = parse(
                LINE + HOST + "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMA\r\n\r\n");
        assertThat(request.upgrade()).isFalse();
        assertThat(text(request)).isEqualTo("GET /p HTTP/1.1\r\nHost: a.test\r\n\r\n");
    }

    @Test
    void http_1_0_without_host_gets_one() throws Exception {
        assertThat(forOrigin("""
                GET http://a.test HTTP/1.0
                A: b
                """)).isEqualTo("""
                GET / HTTP/1.0
                Host: a.test
                A: b
                """);
    }

    @Test
    void targets_become_origin_form() throws Exception {
        assertThat(target("GET", "http://a.test")).isEqualTo("/");
        assertThat(target("GET", "HTTP://a.test?q")).isEqualTo("/?q");
        assertThat(target("GET", "http://a.test:/p")).isEqualTo("/p");
        assertThat(target("GET", "http://a.test/http://b.test/%0d?\u00e9")).isEqualTo("/http://b.test/%0d?\u00e9");
        assertThat(target("OPTIONS", "http://a.test")).isEqualTo("*");
        assertThat(target("OPTIONS", "http://a.test/")).isEqualTo("/");
    }

    @Test
    void destinations_are_normalised() throws Exception {
        assertThat(parse("GET http://A.Test./ HTTP/1.1\r\nHost: a.test\r\n\r\n")
                        .target()
                        .destination())
                .isEqualTo(Destination.parse("a.test:80"));
        assertThat(parse("GET http://[::ffff:127.0.0.1]:81/ HTTP/1.1\r\nHost: 127.0.0.1:81\r\n\r\n")
                        .target()
                        .destination())
                .isEqualTo(Destination.parse("127.0.0.1:81"));
        assertThat(parse("CONNECT [2001:DB8::1]:443 HTTP/1.0\r\n\r\n").target().destination())
                .isEqualTo(Destination.parse("[2001:db8::1]:443"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CONNECT a.test:443 HTTP/1.0\r\n\r\n",
                "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n",
                "CONNECT a.test:443 HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
                "GET http://a.test/ HTTP/1.0\r\n\r\n",
                "get http://a.test/ HTTP/1.1\r\nHost: A.TEST:80\r\n\r\n",
                "M-SEARCH http://a.test/ HTTP/1.1\r\nHost:a.test\r\nX:\r\n\r\n",
                "POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding:\tCHUNKED \r\n\r\n",
                "POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: 007\r\n\r\n",
                "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: ,close,,\r\n\r\n",
                "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nX: \u0080\u00ff\t\"\r\n\r\n",
                "GET http://a_b-c.test:8080/ HTTP/1.1\r\nHost: a_b-c.test:8080\r\n\r\n",
            })
    void what_is_odd_but_clear_is_taken(String request) throws Exception {
        assertThat(parse(request)).isNotNull();
    }

    @Test
    void a_hundred_fields_are_taken() throws Exception {
        assertThat(parse(LINE + HOST + "X: 1\r\n".repeat(99) + "\r\n").head().fields())
                .hasSize(100);
    }

    @Test
    void keep_alive_follows_version_and_options() throws Exception {
        assertThat(parse(LINE + HOST + "\r\n").keepAlive()).isTrue();
        assertThat(parse(LINE + HOST + "Connection: x, CLOSE\r\n\r\n").keepAlive())
                .isFalse();
        assertThat(parse(LINE + HOST + "Proxy-Connection: close\r\n\r\n").keepAlive())
                .isFalse();
        assertThat(parse("GET http://a.test/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                        .keepAlive())
                .isFalse();
    }

    @Test
    void only_what_changes_nothing_is_repeated() throws Exception {
        assertThat(parse(LINE + HOST + "\r\n").repeatable()).isTrue();
        assertThat(parse(LINE + HOST + "Content-Length: 1\r\n\r\n").repeatable())
                .isFalse();
        assertThat(parse("POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n").repeatable())
                .isFalse();
    }

    private static String target(String method, String target) throws Malformed {
        return parse(method + " " + target + " HTTP/1.0\r\n\r\n").target().path();
    }

    private static String forOrigin(String lines) throws Malformed {
        return text(parse(lines.replace("\n", "\r\n") + "\r\n"))
                .replace("\r\n", "\n")
                .replaceAll("\n\\z", "");
    }

    private static String text(RequestHead request) {
        ByteBuf bytes = request.forOrigin(UnpooledByteBufAllocator.DEFAULT);
        try {
            return bytes.toString(StandardCharsets.ISO_8859_1);
        } finally {
            bytes.release();
        }
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    private static RequestHead parse(String text) throws Malformed {
        String head = HeadReader.requests().read(bytes(text));
        assertThat(head).as("complete head in " + text).isNotNull();
        return RequestHead.parse(head);
    }
}
