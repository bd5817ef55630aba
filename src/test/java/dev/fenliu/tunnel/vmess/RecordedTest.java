package dev.fenliu.tunnel.vmess;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.outbound.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What Xray 26.7.28 and sing-box 1.14.0-alpha.2 answered to requests of ours, recorded on loopback before an origin that
 * echoes: {@code hello} to a stream, {@code hello} and {@code second} to datagrams. The secrets of a session come from its
 * seed, so they open here again.
 */
class RecordedTest {
    private record Answer(String server, Security security, Session.Command command, long seed, String hex) {
        /** As the recording had it. */
        Session session() {
            return new Session(security, new Random(seed));
        }

        @Override
        public String toString() {
            return server + " " + security + " " + command;
        }
    }

    static Stream<Answer> answers() throws IOException {
        try (InputStream in = RecordedTest.class.getResourceAsStream("recorded.txt")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8)
                    .lines()
                    .map(line -> line.split(" ", -1))
                    .map(part -> new Answer(
                            part[0],
                            Security.valueOf(part[1]),
                            Session.Command.valueOf(part[2]),
                            Long.parseLong(part[3]),
                            part[4]));
        }
    }

    @ParameterizedTest
    @MethodSource
    void answers(Answer answer) {
        boolean stream = answer.command == Session.Command.STREAM;
        List<String> expected = stream ? List.of("hello") : List.of("hello", "second");
        byte[] all = HexFormat.of().parseHex(answer.hex);
        for (int split = 0; split <= all.length; split++) {
            EmbeddedChannel channel = new EmbeddedChannel(codec(answer));
            channel.writeInbound(
                    Unpooled.copiedBuffer(all, 0, split), Unpooled.copiedBuffer(all, split, all.length - split));
            List<String> seen = new ArrayList<>();
            for (ByteBuf part; (part = channel.readInbound()) != null; part.release()) {
                seen.add(part.toString(UTF_8));
            }
            assertThat(seen).as("split at %d", split).isEqualTo(expected);
            channel.finishAndReleaseAll();
        }
    }

    private static VmessCodec codec(Answer answer) {
        VmessOutbound outbound = new VmessOutbound(
                new Upstream("vps", Destination.parse("vps.example:1"), dial -> null, Optional.empty()),
                new UserKey(Peer.UUID),
                answer.security,
                () -> 0);
        return new VmessCodec(outbound, answer.session(), answer.command);
    }
}
