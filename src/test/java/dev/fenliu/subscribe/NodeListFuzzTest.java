package dev.fenliu.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import java.util.List;
import java.util.Objects;

class NodeListFuzzTest {
    @FuzzTest
    void a_text_is_a_list_of_nodes_with_names_of_their_own_or_is_refused(byte[] input) {
        NodeList list;
        try {
            list = NodeList.read("subscription air", input);
        } catch (NotNodesException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(list.nodes().size() + list.bad().size()).isPositive();
        List<String> names = list.nodes().stream().map(Node::name).toList();
        assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.matches("[^\\s,/\\p{Cc}\\p{Cf}\\p{Cs}]{1,64}"));
        for (Node node : list.nodes()) {
            Problems problems = new Problems();
            ConfigNode keys = node.keys(problems);
            assertThat(keys == null).isEqualTo(problems.hasErrors());
            if (keys != null) {
                assertThat(Objects.requireNonNull(keys.get("type")).text())
                        .isEqualTo(node.link().type());
            }
        }
        for (BadNode bad : list.bad()) {
            assertThat(bad.reason()).isNotBlank();
            assertThat(bad.line()).isPositive();
        }
        Quota.parse(list.notes().isEmpty() ? "" : list.notes().get(0));
    }
}
