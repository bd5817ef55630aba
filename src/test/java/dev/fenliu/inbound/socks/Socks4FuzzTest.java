package dev.fenliu.inbound.socks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.Pieces;

class Socks4FuzzTest {
    @FuzzTest
    void a_request_gets_the_same_answer_however_it_is_cut(byte[] input) {
        Pieces pieces = Pieces.of(input);
        if (pieces.bytes().length == 0) {
            return;
        }
        pieces.bytes()[0] = Socks4.VERSION;
        SocksFuzz whole = SocksFuzz.of(pieces.whole());
        assertThat(SocksFuzz.of(pieces.cut())).isEqualTo(whole);
        assertThat(whole.replies()).matches("(005b0{12})?"); // granted is for whoever takes the stream to say
        assertThat(whole.open()).isEqualTo(whole.replies().isEmpty());
    }
}
