package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FakeIpCheckTest {
    private static List<String> problems(String yaml) {
        Problems problems = new Problems();
        ConfigReader.read("test.yaml", Optional.empty(), yaml, Built.PROTOCOLS, problems);
        return problems.all().stream().map(FakeIpCheckTest::words).toList();
    }

    private static String words(Problem problem) {
        return problem.position().line() + " " + problem.message();
    }

    @Test
    void ranges_that_somebody_has_are_refused_where_they_stand() {
        assertThat(problems("""
                listeners: [{type: socks, name: in, listen: "10.9.8.7:1080", lan: trusted}]
                dns:
                  fake-ip: {ipv4: 10.9.0.0/16}
                """))
                .contains("3 \"fake-ip\": 10.9.0.0/16 is not free: listener \"in\" is in it with 10.9.8.7/32");
        assertThat(problems("dns:\n  fake-ip: {ipv4: 127.0.0.0/8}\n"))
                .contains("2 \"fake-ip\": 127.0.0.0/8 is not free: interface lo is in it with 127.0.0.0/8");
    }

    @Test
    void who_is_told_none_or_cannot_bring_them_back_is_warned() {
        assertThat(problems("dns: {fake-ip: yes}\n"))
                .hasSize(2)
                .anyMatch(problem -> problem.contains("no listener of type dns"))
                .anyMatch(problem -> problem.contains("no listener of type tproxy"));
        assertThat(problems("dns: {fake-ip: no}\n")).isEmpty();
    }
}
