package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Host;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PemKeyTest {
    private final SelfSigned own = SelfSigned.generate(List.of(Host.parse("vps.test")), Instant.now());

    private X509Certificate certificate() throws Exception {
        byte[] pem = own.certificate().getBytes(StandardCharsets.US_ASCII);
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
    }

    @Test
    void the_key_of_the_certificate_is_read_wherever_it_stands_in_the_file() throws Exception {
        assertThat(PemKey.read(own.privateKey(), certificate()).getAlgorithm()).isEqualTo("EC");
        String file = "subject=vps\n" + own.certificate() + own.privateKey().replace("\n", "\r\n") + "\n\n";
        assertThat(PemKey.read(file, certificate()).getAlgorithm()).isEqualTo("EC");
    }

    @Test
    void the_key_of_another_certificate_is_refused() throws Exception {
        String other = SelfSigned.generate(List.of(Host.parse("vps.test")), Instant.now())
                .privateKey();
        X509Certificate certificate = certificate();
        assertThatThrownBy(() -> PemKey.read(other, certificate))
                .isInstanceOf(IOException.class)
                .hasMessage("the private key is not that of the certificate");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    BEGIN PRIVATE KEY  | BEGIN ENCRYPTED PRIVATE KEY | pass phrase
                    BEGIN PRIVATE KEY  | BEGIN RSA PRIVATE KEY       | old form (RSA PRIVATE KEY)
                    BEGIN PRIVATE KEY  | BEGIN CERTIFICATE           | no PEM text
                    END PRIVATE KEY    | END EC PRIVATE KEY          | no PEM text
                    """)
    void a_key_that_is_no_use_is_told_why(String from, String to, String why) throws Exception {
        String pem = own.privateKey().replace(from, to);
        String both =
                to.startsWith("BEGIN") ? pem.replace(from.replace("BEGIN", "END"), to.replace("BEGIN", "END")) : pem;
        X509Certificate certificate = certificate();
        assertThatThrownBy(() -> PemKey.read(both, certificate))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why);
    }

    @Test
    void a_damaged_key_is_told_as_such() throws Exception {
        String pem = own.privateKey().replaceFirst("\n.{20}", "\n");
        X509Certificate certificate = certificate();
        assertThatThrownBy(() -> PemKey.read(pem, certificate))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void nothing_and_garbage_hold_no_key() throws Exception {
        X509Certificate certificate = certificate();
        for (String text : List.of("", "hunter2", "-".repeat(100_000), "-----BEGIN PRIVATE KEY-----")) {
            assertThatThrownBy(() -> PemKey.read(text, certificate))
                    .isInstanceOf(IOException.class)
                    .hasMessageNotContaining("hunter2");
        }
    }
}
