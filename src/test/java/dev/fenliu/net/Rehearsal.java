package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A negotiation carried out without a channel.
 *
 * @param said what the client wrote, in hex
 * @param left the payload that was left, in hex
 * @param failure why it failed, null if it did not
 */
public record Rehearsal(
        Negotiation.Stage stage,
        String said,
        String left,
        @Nullable Failure failure) {
    /** Plays it with {@code server} whole, byte by byte, and split at every position; all must come out the same. */
    public static Rehearsal of(Supplier<? extends Negotiation> client, byte[] server) {
        Rehearsal whole = play(client.get(), List.of(server));
        List<byte[]> bytes = new ArrayList<>();
        for (byte b : server) {
            bytes.add(new byte[] {b});
        }
        same(whole, play(client.get(), bytes));
        for (int cut = 1; cut < server.length; cut++) {
            same(
                    whole,
                    play(
                            client.get(),
                            List.of(Arrays.copyOf(server, cut), Arrays.copyOfRange(server, cut, server.length))));
        }
        return whole;
    }

    public static Rehearsal of(Supplier<? extends Negotiation> client, String serverHex) {
        return of(client, ByteBufUtil.decodeHexDump(serverHex.replace(" ", "")));
    }

    /** Plays it once, with {@code server} whole. */
    public static Rehearsal once(Negotiation client, byte[] server) {
        return play(client, List.of(server));
    }

    private static void same(Rehearsal expected, Rehearsal actual) {
        assertThat(actual.kind()).isEqualTo(expected.kind());
        if (expected.failure == null) {
            assertThat(actual).isEqualTo(expected);
        }
    }

    private static Rehearsal play(Negotiation client, List<byte[]> chunks) {
        ByteBuf in = Unpooled.buffer();
        ByteBuf out = Unpooled.buffer();
        Negotiation.Stage stage = client.begin(out);
        Failure failure = null;
        for (byte[] chunk : chunks) {
            in.writeBytes(chunk);
            if (failure == null && stage != Negotiation.Stage.DONE) {
                try {
                    stage = client.proceed(in, out);
                } catch (Failure refused) {
                    failure = refused;
                }
            }
        }
        // After a failure nobody looks at the rest.
        String left = failure == null ? ByteBufUtil.hexDump(in) : "";
        return new Rehearsal(stage, ByteBufUtil.hexDump(out), left, failure);
    }

    public Failure.@Nullable Kind kind() {
        return failure == null ? null : failure.kind();
    }

    public @Nullable Ender by() {
        return failure == null ? null : failure.by();
    }

    public String text() {
        return failure == null ? "" : failure.text();
    }
}
