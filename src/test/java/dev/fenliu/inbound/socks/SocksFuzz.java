package dev.fenliu.inbound.socks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.inbound.Bytes;
import dev.fenliu.inbound.ClientChannel;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.inbound.RecordedFlows;
import dev.fenliu.inbound.Users;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.slf4j.helpers.NOPLogger;

/**
 * What comes of a client's bytes.
 *
 * @param flow destination and user of the stream that was asked for, empty when there is none
 * @param passedOn what went to whoever took the stream
 */
record SocksFuzz(String replies, String flow, String passedOn, boolean open) {
    /** The most bytes of a step, and what a buffer that grows may have beyond them. */
    private static final int MOST_HELD = 4 * 1024;

    static SocksFuzz of(List<byte[]> pieces, String... users) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            RecordedFlows flows = new RecordedFlows();
            ClientChannel client = new ClientChannel();
            client.config().setAllocator(buffers.allocator());
            ListenerContext context = flows.context("socks", users);
            Users known = new Users(context.settings().users());
            client.pipeline().addLast(new SocksHandshake(context, known, new RareLog(NOPLogger.NOP_LOGGER)));
            long passed = 0;
            for (byte[] piece : pieces) {
                if (client.isOpen()) {
                    client.writeInbound(buffers.of(piece));
                    client.runPendingTasks();
                    passed += flows.streams.isEmpty() ? 0 : piece.length;
                    assertThat(buffers.held()).isLessThanOrEqualTo(MOST_HELD + piece.length + passed);
                }
            }
            assertThat(flows.streams).hasSizeLessThanOrEqualTo(1);
            String flow = flows.streams.isEmpty()
                    ? ""
                    : flows.streams.get(0).flow().destination() + " "
                            + flows.streams.get(0).flow().user();
            SocksFuzz seen = new SocksFuzz(drain(client, false), flow, drain(client, true), client.isOpen());
            client.finishAndReleaseAll();
            return seen;
        }
    }

    private static String drain(ClientChannel client, boolean inbound) {
        StringBuilder all = new StringBuilder();
        for (ByteBuf buffer; (buffer = inbound ? client.readInbound() : client.readOutbound()) != null; ) {
            all.append(Bytes.hex(buffer));
        }
        return all.toString();
    }
}
