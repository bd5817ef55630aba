package dev.fenliu.control.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Position;
import dev.fenliu.route.RuleRef;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RuleRoutesTest {
    @Test
    void the_rule_that_a_finding_names_is_found_by_its_place() {
        RuleRef one = new RuleRef(0, new Position("my home.yaml", 1, 5), "a");
        RuleRef twelve = new RuleRef(1, new Position("my home.yaml", 12, 5), "b");
        Map<String, RuleRef> places = Map.of(one.place(), one, twelve.place(), twelve);
        assertThat(RuleRoutes.other("shadowed: the rule at my home.yaml:12 takes all that", places))
                .contains(twelve);
        assertThat(RuleRoutes.other("duplicate of the rule at my home.yaml:1", places))
                .contains(one);
        assertThat(RuleRoutes.other("unreachable: the rule at other.yaml:1 takes", places))
                .isEmpty();
        assertThat(RuleRoutes.other("the list \"ads\" is old", places)).isEmpty();
    }
}
