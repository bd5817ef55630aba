package dev.fenliu.inbound.mixed;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.inbound.Bytes;
import dev.fenliu.inbound.ClientChannel;
import dev.fenliu.inbound.Recognizer;
import dev.fenliu.inbound.RecordedFlows;
import dev.fenliu.inbound.socks.SocksAcceptor;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MixedAcceptorTest {
    private final RecordedFlows flows = new RecordedFlows();
    private final List<String> installed = new ArrayList<>();

    /** Knows clients that start with a word and a space; leaves their bytes to the test. */
    private final class Word implements Recognizer {
        private final String word;

        Word(String word) {
            this.word = word + " ";
        }

        @Override
        public Match recognise(ByteBuf first) {
            int there = Math.min(first.readableBytes(), word.length());
            String start = first.toString(first.readerIndex(), there, US_ASCII);
            return !word.startsWith(start) ? Match.NO : there == word.length() ? Match.YES : Match.MORE;
        }

        @Override
        public void accept(Channel client) {
            installed.add(word.trim());
        }
    }

    private ClientChannel client() {
        ClientChannel client = new ClientChannel();
        new MixedAcceptor(List.of(new SocksAcceptor(flows.context("mixed")), new Word("GET"), new Word("GRAB")))
                .accept(client);
        return client;
    }

    @Test
    void socks_is_served_however_its_bytes_are_cut() {
        byte[] sent = Bytes.of("05 01 00 05 01 00 01 c0000201 0050 'early'");
        for (int cut = 0; cut < sent.length; cut++) {
            ClientChannel client = client();
            client.send(sent, cut == 0 ? IntStream.range(1, sent.length).toArray() : new int[] {cut});
            assertThat(client.received()).isEqualTo("0500");
            assertThat(client.passedOn()).isEqualTo(Bytes.hex("early".getBytes(US_ASCII)));
            assertThat(flows.streams).hasSize(cut + 1);
            client.finishAndReleaseAll();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /", "GRAB /"})
    void the_first_that_says_yes_gets_all_bytes(String sent) {
        for (int cut = 1; cut < sent.length(); cut++) {
            ClientChannel client = client();
            client.send(sent.getBytes(US_ASCII), cut);
            assertThat(installed).containsExactly(sent.substring(0, sent.indexOf(' ')));
            assertThat(client.passedOn()).isEqualTo(Bytes.hex(sent.getBytes(US_ASCII)));
            assertThat(client.pipeline().get(FirstBytes.class)).isNull();
            client.finishAndReleaseAll();
            installed.clear();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST / HTTP/1.1", "G ", "GETT", "\u0000", "\u0016\u0003\u0001", "SSH-2.0-x", "\n"})
    void a_greeting_that_nobody_knows_is_closed_without_a_word(String sent) {
        byte[] bytes = sent.getBytes(US_ASCII);
        for (int cut = 0; cut < bytes.length; cut++) {
            ClientChannel client = client();
            client.send(bytes, cut == 0 ? new int[0] : new int[] {cut});
            assertThat(client.isOpen()).isFalse();
            assertThat(client.received()).isEmpty();
            assertThat(client.passedOn()).isEmpty();
            assertThat(installed).isEmpty();
            client.finishAndReleaseAll();
        }
    }

    @Test
    void a_client_that_ends_its_stream_before_it_is_known_is_closed() {
        ClientChannel client = client();
        client.send("GE".getBytes(US_ASCII));
        assertThat(client.isOpen()).isTrue();
        client.halfClose();
        assertThat(client.isOpen()).isFalse();
        client.finishAndReleaseAll();
    }

    @Test
    void a_protocol_that_never_has_enough_is_not_fed_for_ever() {
        Recognizer greedy = new Recognizer() {
            @Override
            public Match recognise(ByteBuf first) {
                return Match.MORE;
            }

            @Override
            public void accept(Channel client) {
                throw new AssertionError();
            }
        };
        ClientChannel client = new ClientChannel();
        new MixedAcceptor(List.of(greedy)).accept(client);
        client.send(new byte[1000]);
        assertThat(client.isOpen()).isTrue();
        client.send(new byte[24]);
        assertThat(client.isOpen()).isFalse();
        client.finishAndReleaseAll();
    }
}
