package dev.fenliu.leak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** What clients were told, each a line of {@code entrance name result}. */
record Answers(List<String> lines) {
    /** That somebody saw to each of them, and nobody got anywhere. */
    Answers areRefusals() {
        assertThat(lines).isNotEmpty().allMatch(line -> line.matches("\\S+ \\S+ (refused .*|closed|silent)"));
        return this;
    }

    /** That each got where it wanted by way of the tunnel's server, or got an answer that came that way. */
    Answers cameThroughTheTunnel() {
        assertThat(lines)
                .isNotEmpty()
                .allMatch(
                        line -> line.matches("\\S+ \\S+ (seen 203\\.0\\.113\\.\\d+|seen 2001:db8:113::\\d|address.*)"));
        return this;
    }

    /** Those of flows, without those of questions about names. */
    Answers flows() {
        return new Answers(
                lines.stream().filter(line -> !line.startsWith("dns-")).toList());
    }

    /** That these are the results, one for each. */
    void are(String regex) {
        assertThat(lines).isNotEmpty().allMatch(line -> line.split(" ", 3)[2].matches(regex));
    }
}
