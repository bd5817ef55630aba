package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;

class ResponseReaderFuzzTest {
    private static final List<String> REQUESTS = List.of(
            "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
            "HEAD http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
            "GET http://a.test/ HTTP/1.0\r\n\r\n",
            "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");

    /** What the client gets, and how the reader stands after the last byte. */
    private record Outcome(int status, String sent, String state, boolean persistent) {}

    @FuzzTest
    void a_response_comes_out_the_same_however_it_is_cut_and_read_again_is_itself(byte[] input) throws Exception {
        Pieces pieces = Pieces.of(input);
        RequestHead request = RequestHead.parse(REQUESTS.get(pieces.seed() / 2 % REQUESTS.size()));
        Outcome whole = play(request, pieces.whole());
        Outcome cut = play(request, pieces.cut());
        assertThat(cut.status).isEqualTo(whole.status);
        if (whole.status != 0) {
            assertThat(cut.sent).startsWith(whole.sent); // what came before the fault may have gone already
            return;
        }
        assertThat(cut).isEqualTo(whole);
        Outcome again = play(request, List.of(ByteBufUtil.decodeHexDump(whole.sent)));
        assertThat(again.sent).isEqualTo(whole.sent);
        assertThat(again.state).isEqualTo(whole.state);
        assertThat(again.persistent && !whole.persistent).isFalse();
    }

    private static Outcome play(RequestHead request, List<byte[]> pieces) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            ResponseReader reader = new ResponseReader();
            reader.expect(request);
            StringBuilder sent = new StringBuilder();
            int status = 0;
            for (byte[] piece : pieces) {
                ByteBuf in = buffers.of(piece);
                try {
                    while (status == 0 && in.isReadable() && !reader.complete()) {
                        int before = in.readableBytes();
                        ByteBuf out = reader.read(in, buffers.allocator());
                        assertThat(in.readableBytes()).as("it reads on").isLessThan(before);
                        if (out != null) {
                            sent.append(ByteBufUtil.hexDump(out));
                            out.release();
                        }
                    }
                } catch (Malformed e) {
                    status = e.status();
                } finally {
                    in.release();
                }
            }
            String state = reader.complete() + " " + reader.raw() + " " + reader.answered() + " " + reader.end();
            return new Outcome(status, sent.toString(), state, reader.persistent());
        }
    }
}
