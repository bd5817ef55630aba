package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.Pieces;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;

class RequestFuzzTest {
    @FuzzTest
    void a_message_of_a_client_gets_an_answer_that_another_codec_reads_or_none(byte[] input) throws Exception {
        Pieces message = Pieces.of(input);
        boolean datagram = message.seed() % 2 == 0;
        Request request = Request.read(message.bytes().clone(), datagram);
        if (request == null) {
            return;
        }
        ExtendedError why = message.seed() % 4 < 2 ? null : new ExtendedError(15, "分".repeat(message.seed()));
        request.name();
        byte[] reply = request.ownAnswer().orElseGet(() -> request.reply(message.seed() % 6, why));
        Message read = new Message(reply);
        assertThat(read.getHeader().getFlag(Flags.QR)).isTrue();
        assertThat(read.getHeader().getID()).isEqualTo(Query.u16(message.bytes(), 0));
        assertThat(reply.length).isLessThanOrEqualTo(datagram ? 1232 : 65_535);
    }
}
