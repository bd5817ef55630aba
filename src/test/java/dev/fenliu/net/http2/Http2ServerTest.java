package dev.fenliu.net.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2CodecUtil;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client gets that breaks the protocol. */
class Http2ServerTest {
    private static final String SETTINGS = "000000040000000000";

    /** A window beyond its bound is a FLOW_CONTROL_ERROR, a PING that is too short a FRAME_SIZE_ERROR (RFC 9113 section 7). */
    @ParameterizedTest
    @CsvSource({
        "0000040800000000007fffffff0000040800000000007fffffff, 00000003",
        "00000406000000000000000000, 00000006",
        "000005000000000000ffffffffff, 00000001"
    })
    void the_last_frame_names_the_breach_by_its_number_alone(String frames, String code) {
        EmbeddedChannel server = new EmbeddedChannel();
        Http2Server.start(server, true, stream -> {});
        ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();
        server.writeInbound(preface, Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(SETTINGS + frames)));
        StringBuilder said = new StringBuilder();
        for (ByteBuf bytes; (bytes = server.readOutbound()) != null; bytes.release()) {
            said.append(ByteBufUtil.hexDump(bytes));
        }
        assertThat(said.toString()).endsWith("0000080700000000007fffffff" + code);
        assertThat(server.isOpen()).isFalse();
    }
}
