package dev.fenliu.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

class HostFuzzTest {
    @FuzzTest
    void a_host_has_one_form_and_that_form_means_the_same_host(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        Host host;
        try {
            host = Host.parse(text);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(600);
            return;
        }
        String form = host.toString();
        assertThat(Host.parse(form)).isEqualTo(host);
        if (host instanceof Host.Name) {
            assertThat(form).matches("[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})*").hasSizeLessThanOrEqualTo(253);
            assertThat(Host.parse(form + ".")).isEqualTo(host);
        }
        Destination destination = new Destination(host, 443);
        assertThat(Destination.parse(destination.toString())).isEqualTo(destination);
    }
}
