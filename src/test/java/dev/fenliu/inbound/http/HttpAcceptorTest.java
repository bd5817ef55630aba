package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.Recognizer.Match;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpAcceptorTest {
    private final HttpAcceptor recognizer = new HttpAcceptor(new ListenerContext(
            new ListenerSettings(
                    "mixed", "m", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Map.of(), false),
            new ToyProxy.Nothing(),
            dial -> dial.loop().newPromise()));

    @ParameterizedTest
    @CsvSource({
        "GET, MORE",
        "'GET ', YES",
        "'CONNECT a.test:443', YES",
        "'M-SEARCH * ', YES",
        "G, MORE",
        "'G(', NO",
        "' GET', NO",
        "'\u0005\u0001', NO",
        "'\u0004', NO",
        "'\u0016\u0003', NO",
        "'\r\n', NO",
        "'GET/', NO",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, NO"
    })
    void first_bytes_tell(String bytes, Match match) {
        ByteBuf first = Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1);
        assertThat(recognizer.recognise(first)).isEqualTo(match);
        assertThat(first.readerIndex()).isZero();
    }
}
