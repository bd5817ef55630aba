package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import dev.fenliu.inbound.ClientChannel;
import dev.fenliu.inbound.RecordedFlows;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.helpers.NOPLogger;

/** The server end with a client that has the key and seals whatever it likes. */
class ServerFuzzTest {
    private static final MasterKey KEY = Vectors.key(Method.AES_128_GCM);

    @FuzzTest
    void a_request_is_read_the_same_however_it_is_sealed(byte[] input) {
        Pieces pieces = Pieces.of(input);
        assertThat(play(pieces.cut())).isEqualTo(play(pieces.whole()));
    }

    /** The flow and its payload; nothing goes back whatever comes. */
    private static String play(List<byte[]> chunks) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            RecordedFlows flows = new RecordedFlows();
            Greeting greeting = new PlainGreeting(KEY, new SaltFilter());
            ClientChannel client = new ClientChannel();
            client.config().setAllocator(buffers.allocator());
            client.pipeline()
                    .addLast(new ShadowsocksCodec(greeting, Unpooled.EMPTY_BUFFER))
                    .addLast(new ServerHandshake(
                            flows.context("shadowsocks"), greeting, new Strangers("in", NOPLogger.NOP_LOGGER)));
            StreamSealer sealer =
                    new StreamSealer(new PlainGreeting(KEY, new SaltFilter(), Vectors.salt(Method.AES_128_GCM)));
            for (byte[] chunk : chunks) {
                if (chunk.length > 0) {
                    ByteBuf plain = buffers.of(chunk);
                    ByteBuf sealed = buffers.allocator().heapBuffer();
                    sealer.seal(plain, sealed);
                    plain.release();
                    client.writeInbound(sealed);
                }
            }
            List<String> seen = new ArrayList<>();
            flows.streams.forEach(stream -> seen.add(stream.flow().destination().toString()));
            assertThat(seen).hasSizeLessThanOrEqualTo(1);
            StringBuilder payload = new StringBuilder();
            for (ByteBuf part; (part = client.readInbound()) != null; part.release()) {
                payload.append(ByteBufUtil.hexDump(part));
            }
            assertThat(client.isOpen()).isTrue();
            assertThat(client.<Object>readOutbound()).isNull();
            client.finishAndReleaseAll();
            return seen + " " + payload;
        }
    }
}
