package dev.fenliu.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExitTest {
    private static final Exit SWEDEN = new Exit("203.0.113.7", "SE");

    @Test
    void a_trace_page_says_address_and_country() {
        assertThat(Exit.read("fl=1\nh=chatgpt.com\nip=203.0.113.7\nts=1.2\nloc=SE\ntls=TLSv1.3\n"))
                .contains(SWEDEN);
        assertThat(Exit.read("ip=2001:db8::7\r\nloc=T1\r\n")).contains(new Exit("2001:db8::7", "T1"));
    }

    @Test
    void another_page_says_nothing() {
        for (String page : new String[] {
            "",
            "<html>ip=203.0.113.7</html>",
            "ip=203.0.113.7",
            "loc=SE",
            "ip=<b>1</b>\nloc=SE",
            "ip=203.0.113.7\nloc=Sweden"
        }) {
            assertThat(Exit.read(page)).as(page).isEmpty();
        }
    }

    private static Optional<String> fault(Set<String> countries, Set<String> others, String lock, String pinned) {
        Optional<ExitRule.Lock> parsed =
                lock.isEmpty() ? Optional.empty() : Optional.of(ExitRule.Lock.parse(lock, "c.yaml:5:16"));
        return new ExitRule(Check.DEFAULT, countries, others, parsed, "c.yaml:4:5").fault(SWEDEN, Optional.of(pinned));
    }

    @Test
    void countries_are_wanted_or_not() {
        assertThat(fault(Set.of("SE", "US"), Set.of(), "", "")).isEmpty();
        assertThat(fault(Set.of("US", "JP"), Set.of(), "", ""))
                .contains("its exit is 203.0.113.7 (SE), and only JP, US will do (c.yaml:4:5)");
        assertThat(fault(Set.of(), Set.of("SE"), "", "").orElseThrow()).contains("must not leave from");
        assertThat(fault(Set.of(), Set.of("CN"), "", "")).isEmpty();
    }

    @Test
    void a_lock_keeps_to_a_country_or_an_address_and_says_how_to_accept_another() {
        assertThat(fault(Set.of(), Set.of(), "country", "SE")).isEmpty();
        assertThat(fault(Set.of(), Set.of(), "address", "203.0.113.7")).isEmpty();
        assertThat(fault(Set.of(), Set.of(), "country", "US").orElseThrow())
                .contains("exit-lock keeps to US (c.yaml:5:16)")
                .contains("write `exit-lock: \"SE\"`");
        assertThat(fault(Set.of(), Set.of(), "address", "203.0.113.8").orElseThrow())
                .contains("write `exit-lock: \"203.0.113.7\"`");
        assertThat(ExitRule.Lock.parse("US", "c")).isEqualTo(new ExitRule.Lock(true, Optional.of("US"), "c"));
        assertThat(ExitRule.Lock.parse("203.0.113.7", "c"))
                .isEqualTo(new ExitRule.Lock(false, Optional.of("203.0.113.7"), "c"));
    }
}
