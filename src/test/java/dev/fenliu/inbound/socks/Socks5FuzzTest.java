package dev.fenliu.inbound.socks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.Pieces;
import java.util.List;

class Socks5FuzzTest {
    private static final String[] ANNA = {"anna", "secret"};

    /** What a server may say: a method, the verdict about a login, a refusal. */
    private static final String REPLIES = "(05ff)?|(0500|0502(0100|0101)?)(05(01|07|08)0001(00){6})?";

    @FuzzTest
    void a_handshake_comes_out_the_same_however_it_is_cut_and_nothing_goes_before_the_login(byte[] input) {
        Pieces pieces = Pieces.of(input);
        if (pieces.bytes().length == 0) {
            return;
        }
        pieces.bytes()[0] = Socks5.VERSION;
        for (String[] users : List.of(new String[0], ANNA)) {
            if (associates(pieces.bytes(), users.length > 0)) {
                continue; // which binds a socket
            }
            SocksFuzz whole = SocksFuzz.of(pieces.whole(), users);
            assertThat(SocksFuzz.of(pieces.cut(), users)).isEqualTo(whole);
            assertThat(whole.replies()).matches(REPLIES);
            if (!whole.flow().isEmpty()) {
                assertThat(whole.replies()).isEqualTo(users.length == 0 ? "0500" : "05020100");
                assertThat(whole.flow().endsWith("[anna]")).isEqualTo(users.length > 0);
            }
        }
    }

    /** Whether the request, if there is one, is for datagrams. */
    private static boolean associates(byte[] bytes, boolean login) {
        int at = bytes.length < 2 ? bytes.length : 2 + (bytes[1] & 0xff);
        if (login && at + 1 < bytes.length) {
            at += 2 + (bytes[at + 1] & 0xff);
            at += at < bytes.length ? 1 + (bytes[at] & 0xff) : 0;
        }
        return at + 1 < bytes.length && bytes[at + 1] == Socks5.UDP_ASSOCIATE;
    }
}
