package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class SelfTestTest {
    private static List<SelfTest.Finding> findings(String road) throws Exception {
        List<SelfTest.Finding> findings = new ArrayList<>();
        try (SelfTest test = new SelfTest(road)) {
            test.run(findings::add);
        }
        return findings;
    }

    @Test
    void every_promise_is_proved_on_this_machine() throws Exception {
        assertThat(findings("tunnel")).hasSize(8).allMatch(SelfTest.Finding::proved);
    }

    @Test
    void a_rule_that_leads_past_the_tunnel_is_found_out() throws Exception {
        List<SelfTest.Finding> findings = findings("direct");
        assertThat(findings.get(0).proved()).isTrue();
        assertThat(findings.subList(1, findings.size()))
                .hasSize(7)
                .noneMatch(SelfTest.Finding::proved)
                .allMatch(finding -> finding.text().startsWith("LEAK: your provider would have seen a name"));
    }
}
