package dev.fenliu.tunnel.trojan;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.config.Secret;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.Admission;
import dev.fenliu.inbound.ClientChannel;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RecordedFlows;
import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

class TrojanRequestFuzzTest {
    /** SHA-224 of {@code abc}. */
    private static final Accounts ACCOUNTS = TrojanAcceptor.accounts(Optional.of(new Secret("abc")), Map.of());

    @FuzzTest
    void a_request_is_known_as_soon_as_it_can_be_and_reads_as_it_is_written(byte[] input) {
        Pieces pieces = Pieces.of(input);
        try (CountedBuffers buffers = new CountedBuffers()) {
            ByteBuf whole = buffers.of(pieces.bytes());
            String outcome = decoded(whole.slice());
            String before = "waits";
            for (int end = 0; end <= Math.min(whole.readableBytes(), TrojanRequest.MAX_BYTES + 1); end++) {
                String now = decoded(whole.slice(0, end));
                assertThat(now)
                        .as("%d bytes", end)
                        .isIn(before.equals("waits") ? List.of("waits", outcome) : List.of(before));
                before = now;
            }
            assertThat(before).as("a request has an end").isEqualTo(outcome);
            assertThat(whole.readableBytes() > TrojanRequest.MAX_BYTES && outcome.equals("waits"))
                    .isFalse();
            whole.release();
        }
        assertThat(play(pieces.cut())).isEqualTo(play(pieces.whole()));
    }

    private static String decoded(ByteBuf in) {
        int start = in.readerIndex();
        TrojanRequest request;
        try {
            request = TrojanRequest.decode(in);
        } catch (GarbageException e) {
            assertThat(in.readerIndex()).isEqualTo(start);
            return "garbage";
        }
        if (request == null) {
            assertThat(in.readerIndex()).isEqualTo(start);
            return "waits";
        }
        assertRoundTrip(request, in.slice(start, in.readerIndex() - start));
        return request.toString();
    }

    private static void assertRoundTrip(TrojanRequest request, ByteBuf read) {
        if (request.destination() != null) {
            ByteBuf again = read.alloc().buffer();
            byte[] key = ByteBufUtil.getBytes(read, read.readerIndex(), TrojanKey.LENGTH);
            TrojanRequest.encode(key, request.command(), request.destination(), again);
            assertThat(again.readableBytes()).isLessThanOrEqualTo(TrojanRequest.MAX_BYTES);
            assertThat(TrojanRequest.decode(again)).isEqualTo(request);
            assertThat(again.isReadable()).isFalse();
            again.release();
        }
    }

    private static Admission admission(ListenerContext context) {
        return new Admission(context, new ClientRequest(context, ACCOUNTS), Optional.empty());
    }

    /** What a server makes of it that has no site for strangers. */
    private static String play(List<byte[]> pieces) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            RecordedFlows flows = new RecordedFlows();
            ClientChannel client = new ClientChannel();
            client.config().setAllocator(buffers.allocator());
            client.pipeline().addLast(admission(flows.context("trojan")));
            for (int i = 0; i < pieces.size() && client.isOpen(); i++) {
                client.writeInbound(buffers.of(pieces.get(i)));
            }
            StringBuilder seen = new StringBuilder(client.pipeline().names().toString());
            flows.streams.forEach(stream -> seen.append(stream.flow().destination()));
            for (ByteBuf part; (part = client.readInbound()) != null; part.release()) {
                seen.append(ByteBufUtil.hexDump(part));
            }
            assertThat(client.<@Nullable Object>readOutbound()).isNull();
            client.finishAndReleaseAll();
            return seen.toString();
        }
    }
}
