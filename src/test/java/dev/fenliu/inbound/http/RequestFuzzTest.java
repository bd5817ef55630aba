package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.InvalidChunkExtensionException;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

class RequestFuzzTest {
    /** What was made of a request: a refusal, or what the origin gets and what is left for the next request. */
    private record Outcome(int status, String head, String body, String left, boolean done) {}

    @FuzzTest
    void a_request_comes_out_the_same_however_it_is_cut_and_origins_see_no_other(byte[] input) {
        Pieces pieces = Pieces.of(input);
        Outcome whole = play(pieces.whole());
        Outcome cut = play(pieces.cut());
        if (whole.status == 0) {
            assertThat(cut).isEqualTo(whole);
        } else {
            assertThat(cut.status).isEqualTo(whole.status);
            assertThat(cut.head).isEqualTo(whole.head);
            assertThat(cut.body).startsWith(whole.body); // what came before the fault may have gone already
        }
        if (whole.status == 0 && whole.done && !whole.head.isEmpty()) {
            assertSeenByAnOrigin(whole);
        }
    }

    private static Outcome play(List<byte[]> pieces) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            HeadReader heads = HeadReader.requests();
            RequestHead head = null;
            Body body = null;
            StringBuilder sent = new StringBuilder();
            StringBuilder left = new StringBuilder();
            int status = 0;
            for (byte[] piece : pieces) {
                ByteBuf in = buffers.of(piece);
                try {
                    if (status == 0 && head == null) {
                        String text = heads.read(in);
                        head = text == null ? null : RequestHead.parse(text);
                        body = head == null ? null : head.body();
                    }
                    if (status == 0 && body != null && !body.done()) {
                        int count = body.scan(in);
                        assertThat(count).isBetween(0, in.readableBytes());
                        sent.append(ByteBufUtil.hexDump(in.readSlice(count)));
                    }
                } catch (Malformed e) {
                    status = e.status();
                    assertThat(e.text()).isNotBlank();
                }
                left.append(status == 0 ? ByteBufUtil.hexDump(in) : "");
                in.release();
            }
            String forwarded = "";
            if (head != null && !head.connect()) {
                ByteBuf bytes = head.forOrigin(buffers.allocator());
                forwarded = ByteBufUtil.hexDump(bytes);
                bytes.release();
            }
            return new Outcome(status, forwarded, sent.toString(), left.toString(), body != null && body.done());
        }
    }

    /** A parser that is not ours must find one request in what is sent, and nothing behind it. */
    private static void assertSeenByAnOrigin(Outcome request) {
        EmbeddedChannel origin = new EmbeddedChannel(new HttpRequestDecoder(
                new HttpDecoderConfig().setMaxHeaderSize(64 << 10).setMaxInitialLineLength(16 << 10)));
        byte[] bytes = ByteBufUtil.decodeHexDump(request.head + request.body);
        origin.writeInbound(io.netty.buffer.Unpooled.wrappedBuffer(bytes));
        int requests = 0;
        int ends = 0;
        for (HttpObject object; (object = origin.readInbound()) != null; ) {
            Throwable failure = object.decoderResult().cause();
            if (failure instanceof IndexOutOfBoundsException || failure instanceof InvalidChunkExtensionException) {
                origin.finishAndReleaseAll();
                return; // it takes fewer extensions of chunks than there can be, and trips over some
            }
            if (failure != null) {
                throw new AssertionError(new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1), failure);
            }
            requests += object instanceof HttpRequest ? 1 : 0;
            ends += object instanceof LastHttpContent ? 1 : 0;
            if (object instanceof HttpContent content) {
                content.release();
            }
        }
        assertThat(requests).isEqualTo(1);
        assertThat(ends).isEqualTo(1);
        assertThat(origin.finish()).isFalse();
    }
}
