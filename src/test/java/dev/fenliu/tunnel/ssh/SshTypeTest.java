package dev.fenliu.tunnel.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Transport;
import dev.fenliu.net.Dialer;
import dev.fenliu.outbound.Parsed;
import dev.fenliu.outbound.TunnelContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SshTypeTest {
    private static final SshType TYPE = new SshType();

    @TempDir
    private Path folder;

    @Test
    void a_password_stays_hidden_and_udp_is_refused() throws Exception {
        SshOptions options = Parsed.of(TYPE, "{server: \"vps.example:22\", username: anna, password: hunter2}")
                .options();
        assertThat(options.toString()).contains("anna").doesNotContain("hunter2");
        assertThat(options.agent()).isEmpty();
        Dialer nobody = dial -> dial.loop().newFailedFuture(new AssertionError());
        TunnelContext context = new TunnelContext(nobody, (name, loop) -> loop.newFailedFuture(new AssertionError()));
        assertThat(TYPE.open("far", options, context).transports()).containsExactly(Transport.TCP);
    }

    @Test
    void what_cannot_work_is_told_when_the_config_is_read() {
        assertThat(Parsed.of(TYPE, "{server: \"vps.example:22\", username: a, password: b, passphrase: c}")
                        .problems())
                .containsExactly("\"passphrase\" needs \"private-key\"");
        assertThat(Parsed.of(TYPE, "{server: \"vps.example:22\", username: a, private-key: /nowhere/key}")
                        .problems())
                .containsExactly("\"private-key\": cannot read /nowhere/key");
    }

    @Test
    void a_key_that_is_none_is_told_when_the_outbound_is_made() throws Exception {
        Path file = Files.writeString(folder.resolve("key"), "not a key");
        SshOptions options = Parsed.of(TYPE, "{server: \"vps.example:22\", username: a, private-key: \"" + file + "\"}")
                .options();
        assertThatThrownBy(() -> new SshLogin(options))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file + " cannot be used: it is no private key, or needs a \"passphrase\"");
    }
}
