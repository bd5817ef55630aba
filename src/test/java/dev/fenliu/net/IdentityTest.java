package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentityTest {
    @ParameterizedTest
    @CsvSource({"server.pem,server.key,EC", "server.pem,server-sec1.key,EC", "rsa.pem,rsa-pkcs1.key,RSA"})
    void keys_come_in_the_forms_that_tools_write(String certificate, String key, String algorithm) throws Exception {
        Identity identity = Identity.parse(TestCertificates.text(certificate), TestCertificates.text(key));
        assertThat(identity.key().getAlgorithm()).isEqualTo(algorithm);
        assertThat(identity.chain()).hasSize(1);
    }

    @Test
    void a_chain_keeps_its_order_and_text_around_it_is_ignored() throws Exception {
        String chain = "subject=vps.test\n" + TestCertificates.text("server.pem") + TestCertificates.text("ca.pem");
        String key = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
                + TestCertificates.text("server-sec1.key");
        assertThat(Identity.parse(chain, key).chain())
                .containsExactly(
                        TestCertificates.certificate(TestCertificates.text("server.pem")),
                        TestCertificates.certificate(TestCertificates.text("ca.pem")));
    }

    @ParameterizedTest
    @CsvSource({
        "server.pem,client.key,another certificate",
        "server.pem,rsa-pkcs1.key,no EC key",
        "rsa.pem,server.key,no RSA key",
        "server.pem,server.pem,no PEM private key",
        "server.key,server.key,certificate"
    })
    void what_does_not_belong_together_is_refused(String certificate, String key, String words) {
        refused(TestCertificates.text(certificate), TestCertificates.text(key), words);
    }

    @Test
    void an_encrypted_key_is_refused_with_the_remedy() {
        String body = Base64.getEncoder().encodeToString(new byte[100]);
        refused(
                TestCertificates.text("server.pem"),
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + body + "\n-----END ENCRYPTED PRIVATE KEY-----",
                "openssl pkey");
        refused(
                TestCertificates.text("server.pem"),
                "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES_128_CBC,00\n\n" + body
                        + "\n-----END EC PRIVATE KEY-----",
                "openssl pkey");
    }

    @Test
    void damaged_files_are_refused() {
        String certificate = TestCertificates.text("server.pem");
        refused(certificate, "", "no PEM private key");
        refused("", TestCertificates.text("server.key"), "no certificate");
        for (int length : new int[] {0, 1, 40, 130}) {
            String body = Base64.getEncoder().encodeToString(new byte[length]);
            refused(certificate, "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----", "no EC key");
            refused(
                    certificate,
                    "-----BEGIN EC PRIVATE KEY-----\n" + body + "\n-----END EC PRIVATE KEY-----",
                    "no EC key");
        }
    }

    private static void refused(String certificate, String key, String words) {
        assertThatThrownBy(() -> Identity.parse(certificate, key))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(words);
    }
}
