package dev.fenliu.tunnel.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class AuthorizedKeysTest {
    @Test
    void blank_lines_and_comments_hold_no_key() throws Exception {
        assertThat(AuthorizedKeys.parse("\n# nobody\n  \n").isEmpty()).isTrue();
        assertThat(AuthorizedKeys.parse("# anna\n" + SshEnds.entry(SshEnds.pair()) + " anna\n")
                        .isEmpty())
                .isFalse();
    }

    @Test
    void a_line_that_is_no_key_is_named_by_its_number() throws Exception {
        String good = SshEnds.entry(SshEnds.pair());
        for (String bad : new String[] {"nonsense", "ssh-ed25519 AAAA", good.substring(0, 60)}) {
            assertThatThrownBy(() -> AuthorizedKeys.parse(good + "\n" + bad + "\n"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("line 2");
        }
    }
}
