package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkScannerTest {
    private static final String WHOLE = "5;a=\"b\"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n";

    @Test
    void a_body_ends_at_the_same_byte_whole_byte_by_byte_and_split_everywhere() throws Exception {
        ByteBuf all = bytes(WHOLE + "next");
        for (int cut = 0; cut <= WHOLE.length(); cut++) {
            ChunkScanner scanner = new ChunkScanner(true);
            assertThat(scanner.scan(all.slice(0, cut))).isEqualTo(cut);
            assertThat(scanner.done()).isEqualTo(cut == WHOLE.length());
            assertThat(scanner.scan(all.slice(cut, all.readableBytes() - cut))).isEqualTo(WHOLE.length() - cut);
            assertThat(scanner.done()).isTrue();
        }
        ChunkScanner scanner = new ChunkScanner(true);
        for (int i = 0; i < WHOLE.length(); i++) {
            assertThat(scanner.done()).isFalse();
            assertThat(scanner.scan(all.slice(i, 1))).isEqualTo(1);
        }
        assertThat(scanner.done()).isTrue();
        assertThat(all.readerIndex()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n",
                ";\r\n",
                "x\r\n",
                "0x5\r\n",
                "+5\r\n",
                "-5\r\n",
                "5 \r\n",
                " 5\r\n",
                "5\t\r\n",
                "5\n",
                "5\rx",
                "5 5\r\n",
                "5,\r\n",
                "5g\r\n",
                "5_0\r\n",
                "5.0\r\n",
                "\u0665\r\n",
                "1234567890abcdef\r\n",
                "0000000000000001\r\n",
                "5;a\n",
                "5;a=\0\r\n",
                "5;a\rb\r\n",
                "5;\u007f\r\n",
                "1\r\nab\r\n",
                "1\r\na\n",
                "1\r\na0\r\n",
                "1\r\na\rX",
                "1\r\na\r\n\r\n",
                "0\r\n\n",
                "0\r\n\rX",
                "0\r\nX\r\n",
                "0\r\n: x\r\n",
                "0\r\nX : y\r\n",
                "0\r\nX: y\n",
                "0\r\nX: y\rz",
                "0\r\nX: \0\r\n",
                "0\r\nX: y\r\n folded\r\n",
                "0\r\n X: y\r\n",
                "0\r\nX(): y\r\n",
            })
    void a_malformed_chunk_is_refused(String body) {
        ChunkScanner scanner = new ChunkScanner(true);
        assertThatThrownBy(() -> scanner.scan(bytes(body))).isInstanceOf(Malformed.class);
        ChunkScanner slow = new ChunkScanner(true);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < body.length(); i++) {
                        slow.scan(bytes(body.substring(i, i + 1)));
                    }
                })
                .isInstanceOf(Malformed.class);
    }

    @Test
    void a_response_may_pad_its_sizes() throws Exception {
        ChunkScanner scanner = new ChunkScanner(false);
        scanner.scan(bytes("1  \r\na\r\n0 ;x\r\n\r\n"));
        assertThat(scanner.done()).isTrue();
    }

    @Test
    void extensions_padding_and_trailers_are_bounded() {
        assertThatThrownBy(() -> new ChunkScanner(true).scan(bytes("5;" + "x".repeat(2000))))
                .isInstanceOf(Malformed.class);
        assertThatThrownBy(() -> new ChunkScanner(false).scan(bytes("5" + " ".repeat(2000))))
                .isInstanceOf(Malformed.class);
        assertThatThrownBy(() -> new ChunkScanner(true).scan(bytes("0\r\n" + "X: y\r\n".repeat(3000))))
                .isInstanceOf(Malformed.class);
    }

    @Test
    void fixed_bodies_end_at_their_length() throws Exception {
        Body body = new Body.Fixed(5);
        assertThat(body.scan(bytes("abc"))).isEqualTo(3);
        assertThat(body.done()).isFalse();
        assertThat(body.scan(bytes("defg"))).isEqualTo(2);
        assertThat(body.done()).isTrue();
        assertThat(new Body.Fixed(0).done()).isTrue();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }
}
