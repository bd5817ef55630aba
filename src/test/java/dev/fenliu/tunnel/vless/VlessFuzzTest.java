package dev.fenliu.tunnel.vless;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.config.Secret;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.Admission;
import dev.fenliu.inbound.ClientChannel;
import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.inbound.RecordedFlows;
import dev.fenliu.model.Destination;
import dev.fenliu.outbound.Uuid;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class VlessFuzzTest {
    private static final Secret ID = new Secret(VlessEnds.UUID);
    private static final Accounts ACCOUNTS = VlessAcceptor.accounts(Map.of("anna", ID));

    @FuzzTest
    void a_client_is_understood_the_same_however_its_bytes_are_cut(byte[] input) {
        Pieces pieces = Pieces.of(input);
        assertThat(play(pieces.cut())).isEqualTo(play(pieces.whole()));
    }

    /** What a server hands on that has no site for strangers; the fuzzer need not find the UUID. */
    private static String play(List<byte[]> pieces) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            Seen seen = new Seen();
            ClientChannel client = new ClientChannel();
            client.config().setAllocator(buffers.allocator());
            ListenerContext context = new ListenerContext(
                    RecordedFlows.settings("vless"), seen, dial -> dial.loop().newFailedFuture(new Exception()));
            client.pipeline().addLast(new Admission(context, new ClientRequest(context, ACCOUNTS), Optional.empty()));
            client.writeInbound(buffers.of(start()));
            for (byte[] piece : pieces) {
                if (client.isOpen()) {
                    client.writeInbound(buffers.of(piece));
                    client.runPendingTasks();
                }
            }
            seen.text.append(client.isOpen());
            for (ByteBuf part; (part = client.readInbound()) != null; part.release()) {
                seen.text.append(ByteBufUtil.hexDump(part));
            }
            client.finishAndReleaseAll();
            return seen.text.toString();
        }
    }

    private static byte[] start() {
        return ByteBufUtil.getBytes(Unpooled.buffer().writeByte(0).writeBytes(Uuid.bytes(ID)));
    }

    private static final class Seen implements FlowHandler {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void stream(InboundStream stream) {
            text.append(stream.flow().destination()).append(' ');
        }

        @Override
        public PacketFlow packets(InboundPackets packets) {
            return new PacketFlow() {
                @Override
                public void receive(Destination to, ByteBuf payload) {
                    text.append(to)
                            .append(' ')
                            .append(ByteBufUtil.hexDump(payload))
                            .append(' ');
                    packets.send(to, payload);
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public long nextId() {
            return 1;
        }
    }
}
