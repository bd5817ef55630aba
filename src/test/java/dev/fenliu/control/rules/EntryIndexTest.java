package dev.fenliu.control.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.control.http.Page;
import dev.fenliu.route.Geo;
import dev.fenliu.route.ListSource;
import dev.fenliu.route.RuleSet;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EntryIndexTest {
    private static EntryIndex index(String text) throws Exception {
        ListSource source = ListSource.of("list.txt", null, "", () -> text.getBytes(StandardCharsets.UTF_8));
        return EntryIndex.of(RuleSet.load("list", source, Geo.NONE));
    }

    @Test
    void entries_are_found_by_a_part_of_them_each_once() throws Exception {
        EntryIndex index = index("a.a.example\n+.b.example\n192.0.2.0/24\nDOMAIN-KEYWORD,Example\nc.test\n");
        EntryIndex.Found found = index.find("EXAMPLE", new Page(1, 1));
        assertThat(found.total()).isEqualTo(3);
        assertThat(found.part()).containsExactly(new EntryIndex.Entry("+.b.example", 2));
        assertThat(index.find("a.", new Page(0, 10)).total()).isEqualTo(1);
        assertThat(index.find("192.0.2", new Page(0, 10)).part()).hasSize(1);
        assertThat(index.find("nothing", new Page(0, 10)).total()).isZero();
        assertThat(index.find("", new Page(4, 10)).part()).containsExactly(new EntryIndex.Entry("c.test", 5));
        assertThat(index.find("", new Page(40, 10)).part()).isEmpty();
    }

    @Test
    void two_hundred_thousand_entries_are_paged_without_a_copy_of_all() throws Exception {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            text.append("host").append(i).append(i % 7 == 0 ? ".seven" : "").append(".example\n");
        }
        EntryIndex index = index(text.toString());
        EntryIndex.Found page = index.find("seven", new Page(28_000, 100));
        assertThat(page.total()).isEqualTo(28_572);
        assertThat(page.part()).hasSize(100).contains(new EntryIndex.Entry("host196000.seven.example", 196_001));
        assertThat(index.find("", new Page(199_999, 100)).part()).hasSize(1);
        assertThat(index.find("host", new Page(0, 100)).total()).isEqualTo(200_000);
    }
}
