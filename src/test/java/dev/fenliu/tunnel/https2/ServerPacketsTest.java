package dev.fenliu.tunnel.https2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long an association lasts. */
class ServerPacketsTest {
    private static final Destination TARGET = Destination.parse("192.0.2.1:53");

    private final EmbeddedChannel stream = new EmbeddedChannel();
    private final AtomicInteger received = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final ServerPackets packets =
            new ServerPackets("in", new InetSocketAddress(1), Optional.empty(), stream.eventLoop(), TARGET);

    private final class Handler implements FlowHandler {
        @Override
        public void stream(InboundStream asked) {
            throw new AssertionError("no stream was asked for");
        }

        @Override
        public PacketFlow packets(InboundPackets asked) {
            return new PacketFlow() {
                @Override
                public void receive(Destination to, ByteBuf payload) {
                    received.incrementAndGet();
                    payload.release();
                }

                @Override
                public void close() {
                    closed.incrementAndGet();
                }
            };
        }

        @Override
        public long nextId() {
            return 1;
        }
    }

    @BeforeEach
    void start() {
        stream.freezeTime();
        packets.start(new Handler(), stream);
    }

    private void pass(long seconds) {
        stream.advanceTimeBy(seconds, TimeUnit.SECONDS);
        stream.runScheduledPendingTasks();
    }

    @Test
    void one_that_nobody_uses_ends() {
        pass(ServerPackets.IDLE_SECONDS);
        assertThat(stream.isOpen()).isFalse();
        assertThat(closed).hasValue(1);
    }

    @Test
    void a_datagram_each_two_minutes_keeps_it_in_either_direction() {
        for (int i = 0; i < 10; i++) {
            if (i % 2 == 0) {
                stream.writeInbound(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("00020078")));
            } else {
                packets.send(TARGET, Unpooled.copiedBuffer(new byte[] {1}));
            }
            pass(ServerPackets.IDLE_SECONDS);
        }
        assertThat(stream.isOpen()).isTrue();
        assertThat(received).hasValue(5);
        pass(ServerPackets.IDLE_SECONDS);
        assertThat(stream.isOpen()).isFalse();
        stream.releaseOutbound();
    }
}
