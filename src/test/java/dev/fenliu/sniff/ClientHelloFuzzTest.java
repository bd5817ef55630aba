package dev.fenliu.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.Pieces;
import java.io.ByteArrayOutputStream;

class ClientHelloFuzzTest {
    @FuzzTest
    void a_hello_tells_the_same_in_any_records_and_what_it_told_stays(byte[] input) {
        Pieces hello = Pieces.of(input);
        if (hello.bytes().length == 0 || hello.bytes().length > 4096) {
            return;
        }
        ByteArrayOutputStream one = new ByteArrayOutputStream();
        record(one, hello.bytes());
        Sniffed whole = SniffFuzz.settled(one.toByteArray());
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        for (byte[] piece : hello.cut()) {
            record(many, piece);
        }
        if (many.size() > Sniffer.MAX - 13) {
            return;
        }
        assertThat(SniffFuzz.settled(many.toByteArray())).isEqualTo(whole);
        if (whole.state() == Sniffed.State.DONE) { // early data follows a hello at once
            many.writeBytes(new byte[] {20, 3, 3, 0, 1, 1, 23, 3, 3, 0, 2, 0, 0});
            assertThat(SniffFuzz.settled(many.toByteArray())).isEqualTo(whole);
        }
    }

    private static void record(ByteArrayOutputStream out, byte[] content) {
        out.writeBytes(new byte[] {22, 3, 1, (byte) (content.length >> 8), (byte) content.length});
        out.writeBytes(content);
    }
}
