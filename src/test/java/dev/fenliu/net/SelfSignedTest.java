package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Host;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelfSignedTest {
    private static final Instant NOW = Instant.parse("2026-11-01T12:34:56Z");

    @Test
    void the_certificate_is_what_the_jdk_expects_of_a_server() throws Exception {
        SelfSigned own = SelfSigned.generate(
                List.of(Host.parse("vps.test"), Host.parse("192.0.2.7"), Host.parse("2001:db8::1")), NOW);
        X509Certificate certificate = TestCertificates.certificate(own.certificate());

        certificate.verify(certificate.getPublicKey());
        assertThat(certificate.getVersion()).isEqualTo(3);
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=vps.test");
        assertThat(certificate.getIssuerX500Principal()).isEqualTo(certificate.getSubjectX500Principal());
        assertThat(certificate.getSerialNumber().signum()).isPositive();
        assertThat(certificate.getSerialNumber().bitLength()).isBetween(64, 159);
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
        assertThat(certificate.getKeyUsage()[0]).isTrue();
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(certificate.getCriticalExtensionOIDs()).containsExactlyInAnyOrder("2.5.29.15", "2.5.29.19");
        assertThat(certificate.getSubjectAlternativeNames())
                .extracting(name -> name.get(0) + " " + name.get(1))
                .containsExactly("2 vps.test", "7 192.0.2.7", "7 2001:db8:0:0:0:0:0:1");
        assertThat(certificate.getNotBefore().toInstant()).isEqualTo(NOW.minus(Duration.ofDays(1)));
        assertThat(certificate.getNotAfter().toInstant()).isEqualTo(NOW.plus(SelfSigned.VALIDITY));
        assertThat(((ECPublicKey) certificate.getPublicKey())
                        .getParams()
                        .getOrder()
                        .bitLength())
                .isEqualTo(256);
    }

    @Test
    void dates_after_2049_have_four_digits() throws Exception {
        Instant late = Instant.parse("2049-06-01T00:00:00Z");
        X509Certificate certificate = TestCertificates.certificate(
                SelfSigned.generate(List.of(Host.parse("vps.test")), late).certificate());
        assertThat(certificate.getNotBefore().toInstant()).isEqualTo(late.minus(Duration.ofDays(1)));
        assertThat(certificate.getNotAfter().toInstant()).isEqualTo(late.plus(SelfSigned.VALIDITY));
    }

    @Test
    void long_names_and_many_of_them_fit() throws Exception {
        String name = "a".repeat(63) + "." + "b".repeat(63) + ".test";
        List<Host> hosts = java.util.stream.IntStream.range(0, 100)
                .mapToObj(i -> Host.parse(i == 0 ? name : "host" + i + ".test"))
                .toList();
        X509Certificate certificate =
                TestCertificates.certificate(SelfSigned.generate(hosts, NOW).certificate());
        certificate.verify(certificate.getPublicKey());
        assertThat(certificate.getSubjectX500Principal().getName()).hasSize("CN=".length() + 64);
        assertThat(certificate.getSubjectAlternativeNames()).hasSize(100);
    }

    @Test
    void the_key_belongs_to_the_certificate_and_the_pin_to_the_key() throws Exception {
        SelfSigned own = SelfSigned.generate(List.of(Host.parse("vps.test")), NOW);
        assertThat(own.pin()).isEqualTo(TestCertificates.pin(own.certificate()));
        assertThat(own.certificate())
                .startsWith("-----BEGIN CERTIFICATE-----\n")
                .endsWith("-----END CERTIFICATE-----\n");
        assertThat(own.certificate().lines()).allMatch(line -> line.length() <= 64);
        new ServerTls(own.certificate(), own.privateKey(), List.of()); // takes only a pair

        SelfSigned other = SelfSigned.generate(List.of(Host.parse("vps.test")), NOW);
        assertThat(other.pin()).isNotEqualTo(own.pin());
        assertThat(other.certificate()).isNotEqualTo(own.certificate());
    }

    @Test
    void the_private_key_is_printed_nowhere_by_accident() {
        SelfSigned own = SelfSigned.generate(List.of(Host.parse("vps.test")), NOW);
        assertThat(own.toString()).isEqualTo("certificate with the pin " + own.pin());
    }

    @Test
    void a_certificate_for_nobody_is_refused() {
        assertThatThrownBy(() -> SelfSigned.generate(List.of(), NOW)).isInstanceOf(IllegalArgumentException.class);
    }
}
