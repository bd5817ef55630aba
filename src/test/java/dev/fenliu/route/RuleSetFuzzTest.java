package dev.fenliu.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.config.Problem;
import dev.fenliu.route.list.ListFormatException;
import java.io.IOException;
import java.util.Optional;

/** Lists from their bytes to what routers ask of them, and what an explanation says about the same hosts. */
class RuleSetFuzzTest {
    private static final String[] HOSTS = {
        "a.example:443", "x.a.example:80", "b.example:443", "192.0.2.1:53", "[2001:db8::1]:443"
    };

    @FuzzTest
    void a_list_matches_a_host_only_for_an_entry_that_can_be_shown(byte[] input) throws IOException {
        ListSource source = ListSource.of("list", null, "", () -> input);
        RuleSet set;
        ListEntries entries;
        try {
            set = RuleSet.load("list", source, Geo.NONE);
            entries = ListEntries.read(source, Geo.NONE);
        } catch (ListFormatException e) {
            assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(2000);
            return;
        }
        for (Problem problem : set.firstSkipped()) {
            assertThat(problem.toString()).isNotBlank().hasSizeLessThan(2000);
        }
        for (String host : HOSTS) {
            Facts facts = Facts.of(RuleFixtures.question(host), false);
            boolean in = set.matcher().test(facts) == Truth.YES;
            Optional<ListEntry> entry = entries.find(facts);
            assertThat(in && entry.isEmpty()).as(host).isFalse();
        }
    }
}
