package dev.fenliu.outbound;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PacketStreamsTest {
    private static final Destination ONE = Destination.parse("192.0.2.1:53");
    private static final Destination OTHER = Destination.parse("other.test:443");

    private final Failure gone = new Failure(Failure.Kind.TUNNEL_DOWN, "gone");
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final List<String> seen = new ArrayList<>();
    private final Map<Destination, Opened> opened = new LinkedHashMap<>();
    private final PacketSink sink = new PacketSink() {
        @Override
        public void receive(Destination from, ByteBuf payload) {
            seen.add("from " + from + " " + payload.toString(US_ASCII));
            payload.release();
        }

        @Override
        public void closed(Failure why) {
            seen.add("closed: " + why.text());
        }
    };

    /** One stream, as the tunnel would have it. */
    private final class Opened implements PacketTunnel {
        final Promise<PacketTunnel> promise = loop.eventLoop().newPromise();
        final Destination to;
        final PacketSink above;

        Opened(Destination to, PacketSink above) {
            this.to = to;
            this.above = above;
        }

        @Override
        public void send(Destination destination, ByteBuf payload) {
            assertThat(destination).isEqualTo(to);
            seen.add("to " + to + " " + payload.toString(US_ASCII));
            payload.release();
        }

        @Override
        public void close() {
            seen.add("end of " + to);
        }

        void open() {
            promise.setSuccess(this);
            loop.runPendingTasks();
        }
    }

    private Future<PacketTunnel> start() {
        return PacketStreams.open(Dial.own(ONE, loop.eventLoop()), sink, (dial, above) -> {
            Opened stream = new Opened(dial.destination(), above);
            opened.put(dial.destination(), stream);
            return stream.promise;
        });
    }

    private PacketTunnel started() {
        Future<PacketTunnel> starting = start();
        opened.get(ONE).open();
        return starting.getNow();
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, US_ASCII);
    }

    @Test
    void the_first_destination_stands_for_all() {
        Future<PacketTunnel> starting = start();
        assertThat(starting.isDone()).isFalse();
        opened.get(ONE).promise.setFailure(gone);
        loop.runPendingTasks();
        assertThat(starting.cause()).isSameAs(gone);
        assertThat(seen).isEmpty();
    }

    @Test
    void each_destination_has_its_stream_and_waits_for_it() {
        PacketTunnel packets = started();
        packets.send(ONE, text("a"));
        packets.send(OTHER, text("b"));
        packets.send(OTHER, text("c"));
        assertThat(seen).containsExactly("to " + ONE + " a");
        opened.get(OTHER).open();
        assertThat(seen).containsExactly("to " + ONE + " a", "to " + OTHER + " b", "to " + OTHER + " c");
        opened.get(OTHER).above.receive(OTHER, text("d"));
        assertThat(seen).last().isEqualTo("from " + OTHER + " d");
        packets.close();
        assertThat(seen).endsWith("end of " + ONE, "end of " + OTHER);
        ByteBuf late = text("late");
        packets.send(ONE, late);
        assertThat(late.refCnt()).isZero();
    }

    @Test
    void a_stream_that_does_not_open_costs_its_datagrams_only() {
        PacketTunnel packets = started();
        ByteBuf lost = text("b");
        packets.send(OTHER, lost);
        opened.get(OTHER).promise.setFailure(gone);
        loop.runPendingTasks();
        assertThat(lost.refCnt()).isZero();
        packets.send(OTHER, text("again"));
        opened.get(OTHER).open();
        assertThat(seen).containsExactly("to " + OTHER + " again");
        packets.close();
    }

    @Test
    void the_association_ends_with_its_last_stream() {
        PacketTunnel packets = started();
        packets.send(OTHER, text("b"));
        opened.get(OTHER).open();
        seen.clear();
        opened.get(ONE).above.closed(gone);
        assertThat(seen).containsExactly("end of " + ONE);
        opened.get(OTHER).above.closed(gone);
        assertThat(seen).containsExactly("end of " + ONE, "end of " + OTHER, "closed: gone");
        opened.get(OTHER).above.closed(gone);
        assertThat(seen).hasSize(3);
        packets.close();
    }

    @Test
    void the_one_used_longest_ago_makes_room() {
        PacketTunnel packets = started();
        for (int i = 1; i < PacketStreams.MOST; i++) {
            packets.send(Destination.parse("192.0.2.9:" + i), text("x"));
        }
        packets.send(ONE, text("used"));
        packets.send(OTHER, text("one too many"));
        opened.values().stream().filter(stream -> !stream.promise.isDone()).forEach(Opened::open);
        assertThat(seen)
                .contains("to " + OTHER + " one too many", "to 192.0.2.9:2 x")
                .doesNotContain("end of " + ONE);
        assertThat(opened.get(Destination.parse("192.0.2.9:1")).promise.isCancelled())
                .isTrue();
        packets.close();
    }

    @Test
    void who_gives_up_leaves_nothing_open() {
        Future<PacketTunnel> starting = start();
        starting.cancel(false);
        loop.runPendingTasks();
        assertThat(opened.get(ONE).promise.isCancelled()).isTrue();
    }
}
