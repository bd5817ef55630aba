package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {
    private static final String GET = "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\n";

    private final ResponseReader reader = new ResponseReader();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 204 No Content\r\nx:  y \r\n\r\n",
                "HTTP/1.1 304\r\nContent-Length: 99\r\n\r\n",
                "HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\nHTTP/1.1 404 \u00e9\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
            })
    void a_response_passes_unchanged_however_it_is_cut(String response) throws Exception {
        for (int cut = 0; cut <= response.length(); cut++) {
            reader.expect(request("GET"));
            String passed = read(response.substring(0, cut)) + read(response.substring(cut));
            assertThat(passed).isEqualTo(response);
            assertThat(reader.complete()).isTrue();
            assertThat(reader.persistent()).isTrue();
            assertThat(reader.answered()).isTrue();
        }
        reader.expect(request("GET"));
        StringBuilder passed = new StringBuilder();
        for (int i = 0; i < response.length(); i++) {
            assertThat(reader.complete()).isFalse();
            passed.append(read(response.substring(i, i + 1)));
        }
        assertThat(passed.toString()).isEqualTo(response);
        assertThat(reader.complete()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 204 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n",
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 101 Other\r\nUpgrade: x\r\n\r\n",
                "HTTP/1.2 200 OK\r\n\r\n",
                "HTTP/2.0 200 OK\r\n\r\n",
                "HTTP/2 200\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 099 OK\r\n\r\n",
                "HTTP/1.1 2x0 OK\r\n\r\n",
                "HTTP/1.1  200 OK\r\n\r\n",
                "HTTP/1.1 \r\n\r\n",
                "HTTP/1.1\r\n\r\n",
                "http/1.1 200 OK\r\n\r\n",
                "SSH-2.0-x\r\n",
                "220 mail\r\n",
                "<html>",
                "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX Y: x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nConnection: a b\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n",
                "\n\n",
            })
    void a_malformed_response_is_refused(String response) throws Exception {
        reader.expect(request("GET"));
        assertThatThrownBy(() -> read(response)).isInstanceOf(Malformed.class);
    }

    @Test
    void heads_are_bounded() throws Exception {
        reader.expect(request("GET"));
        assertThatThrownBy(() -> read("HTTP/1.1 200 OK\r\nX: " + "x".repeat(64 << 10)))
                .isInstanceOf(Malformed.class);
        assertThat(reader.answered()).isFalse();
    }

    @Test
    void bytes_that_no_request_asked_for_are_refused() throws Exception {
        assertThatThrownBy(() -> read("x")).isInstanceOf(Malformed.class);
        reader.expect(request("HEAD"));
        ByteBuf bytes = bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        reader.read(bytes, UnpooledByteBufAllocator.DEFAULT).release();
        assertThat(reader.complete()).isTrue();
        assertThatThrownBy(() -> reader.read(bytes, UnpooledByteBufAllocator.DEFAULT))
                .isInstanceOf(Malformed.class);
    }

    @Test
    void a_body_without_a_length_ends_with_the_stream() throws Exception {
        reader.expect(request("GET"));
        assertThat(read("HTTP/1.1 200 OK\r\n\r\nab")).endsWith("ab");
        assertThat(reader.complete()).isFalse();
        assertThat(reader.persistent()).isFalse();
        assertThat(reader.end()).isTrue();
    }

    @Test
    void a_stream_that_ends_early_completes_nothing() throws Exception {
        reader.expect(request("GET"));
        assertThat(reader.end()).isFalse();
        assertThat(reader.begun()).isFalse();
        read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
        assertThat(reader.end()).isFalse();
        assertThat(reader.answered()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1, x, true",
        "HTTP/1.1, close, false",
        "HTTP/1.1, 'keep-alive, Close', false",
        "HTTP/1.0, x, false",
        "HTTP/1.0, Keep-Alive, true"
    })
    void persistence_is_what_the_origin_says(String version, String option, boolean persistent) throws Exception {
        reader.expect(request("GET"));
        read(version + " 200 OK\r\nContent-Length: 0\r\nConnection: " + option + "\r\n\r\n");
        assertThat(reader.persistent()).isEqualTo(persistent);
    }

    @Test
    void fields_of_the_other_hop_are_left_out_and_close_is_kept() throws Exception {
        reader.expect(request("GET"));
        assertThat(
                        read(
                                OK + "Server: x\r\nConnection: Upgrade, X-Hop, close\r\nUpgrade: h2c\r\n"
                                        + "X-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"))
                .isEqualTo("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }

    @Test
    void a_connection_header_that_names_no_field_passes_as_it_is_and_so_does_what_announces_trailers()
            throws Exception {
        reader.expect(request("GET"));
        String head = OK + "Connection: mooo, something-close, close\r\nTrailer: x-sum\r\nContent-Length: 0\r\n\r\n";
        assertThat(read(head)).isEqualTo(head);
    }

    @Test
    void a_connection_header_cannot_take_the_framing_away() throws Exception {
        reader.expect(request("GET"));
        assertThat(read("HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 0\r\n\r\n"))
                .isEqualTo("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }

    @Test
    void folded_lines_are_joined_and_space_before_a_colon_is_removed() throws Exception {
        reader.expect(request("GET"));
        assertThat(read("HTTP/1.1 200 OK\r\nX: a\r\n  b \r\n\tc\r\nContent-Length : 1\r\n\r\nz"))
                .isEqualTo("HTTP/1.1 200 OK\r\nX: a b c\r\nContent-Length: 1\r\n\r\nz");
    }

    @Test
    void after_an_upgrade_everything_passes() throws Exception {
        reader.expect(RequestHead.parse(GET + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
        String response = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        assertThat(read(response + "\0\1\2HTTP/9")).isEqualTo(response + "\0\1\2HTTP/9");
        assertThat(reader.raw()).isTrue();
        assertThat(reader.complete()).isFalse();
    }

    private String read(String text) throws Malformed {
        ByteBuf in = bytes(text);
        StringBuilder out = new StringBuilder();
        while (in.isReadable()) {
            ByteBuf part = reader.read(in, UnpooledByteBufAllocator.DEFAULT);
            if (part != null) {
                out.append(part.toString(StandardCharsets.ISO_8859_1));
                part.release();
            }
        }
        return out.toString();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    private static RequestHead request(String method) throws Malformed {
        return RequestHead.parse(method + " http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
    }
}
