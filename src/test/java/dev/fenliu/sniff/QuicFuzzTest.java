package dev.fenliu.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.Pieces;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

class QuicFuzzTest {
    /** What a fuzzer can never find: packets that open. It chooses what is in them. */
    @FuzzTest
    void a_hello_tells_the_same_in_any_frames_and_frames_of_any_kind_are_borne(byte[] input) {
        Pieces content = Pieces.of(input);
        if (content.bytes().length > 1500) {
            return;
        }
        QuicClient client =
                new QuicClient((content.seed() & 2) == 0 ? QuicClient.V1 : QuicClient.V2, "0102030405060708");
        Sniffed seen = last(List.of(
                Unpooled.wrappedBuffer(client.datagram(0, content.bytes())),
                Unpooled.wrappedBuffer(content.bytes()),
                Unpooled.wrappedBuffer(client.datagram(1, content.bytes()))));
        assertThat(seen.protocol()).contains("quic");

        byte[] hello = content.bytes();
        Sniffed read = ClientHello.read(Unpooled.wrappedBuffer(hello), "quic");
        Sniffed whole = read.protocol().isEmpty() ? Sniffed.done("quic") : read;
        assertThat(last(arranged(client, content))).isEqualTo(whole);
    }

    /** The hello in pieces, in an order of their own, some of them twice, in two datagrams. */
    private static List<ByteBuf> arranged(QuicClient client, Pieces hello) {
        Random random = new Random(hello.seed());
        List<byte[]> frames = new ArrayList<>();
        int at = 0;
        for (byte[] piece : hello.cut()) {
            int from = Math.max(0, at - random.nextInt(4));
            at += piece.length;
            frames.add(QuicClient.crypto(hello.bytes(), from, at));
            if (random.nextInt(32) == 0) {
                frames.add(new byte[] {1, 0, 2, 9, 0, 0, 0});
                frames.add(QuicClient.crypto(hello.bytes(), Math.max(0, at - 80), at));
            }
        }
        Collections.shuffle(frames, random);
        int half = random.nextInt(frames.size() + 1);
        return List.of(
                Unpooled.wrappedBuffer(
                        client.datagram(0, frames.subList(0, half).toArray(byte[][]::new))),
                Unpooled.wrappedBuffer(
                        client.datagram(1, frames.subList(half, frames.size()).toArray(byte[][]::new))));
    }

    /** The answer for all datagrams; once an answer is final, more of them must not change it. */
    private static Sniffed last(List<ByteBuf> datagrams) {
        Sniffed last = null;
        for (int count = 1; count <= datagrams.size(); count++) {
            Sniffed now = Sniffer.sniff(datagrams.subList(0, count));
            if (last != null && last.state() == Sniffed.State.DONE) {
                assertThat(now).isEqualTo(last);
            }
            assertThat(now.name().isEmpty() || now.state() == Sniffed.State.DONE)
                    .isTrue();
            last = now;
        }
        assertThat(last).isNotNull();
        return last;
    }
}
