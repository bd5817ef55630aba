package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BugReportTest {
    private static final String CONFIG = """
            outbounds:
              vps: {type: trojan, server: "vps.example:443", password: hunter22}
              spare: "ss://YWVzLTI1Ni1nY206c2VjcmV0@198.51.100.7:8388"
            rules: [{domain-suffix: openai.example, to: vps}, {to: direct}]
            """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            flow to private.site.test:443 failed            | flow to (host):443 failed
            from 192.0.2.44 and 2001:db8::7                  | from (host) and (host)
            the tunnel vps.example:443 is down               | the tunnel vps.example:443 is down
            chat.openai.example is not answered              | (host) is not answered
            flow to ai.example:443, and 8.51.100.7:80        | flow to (host):443, and (host):80
            config.yaml:3:7: a rule without end              | config.yaml:3:7: a rule without end
            rules/openai.yaml:12 has no copy                 | rules/openai.yaml:12 has no copy
            198.51.100.7:8388 does not answer                | 198.51.100.7:8388 does not answer
            listening on 127.0.0.1:7890 and [::1]:7890       | listening on 127.0.0.1:7890 and [::1]:7890
            fetched https://user:word@sub.test/abc?token=xyz | fetched https://***@(host)/abc?***
            fenliu 0.6.0 took 1.5 s                          | fenliu 0.6.0 took 1.5 s
            """)
    void what_it_says_names_no_host_that_the_config_does_not_name(String given, String told) {
        assertThat(new BugReport(CONFIG).withoutHosts(given)).isEqualTo(told);
    }

    @Test
    void it_has_the_program_its_state_and_config_and_no_secret_and_nobody() {
        String report = new BugReport(CONFIG)
                .machine()
                .status(JsonParser.parseString("""
                        {"version": "9.9", "devices": [{"name": "annas-phone"}, {}], "users": [{"name": "anna"}],
                         "warnings": [{"message": "no answer from secret.place.test"}]}""").getAsJsonObject())
                .log(JsonParser.parseString("""
                        {"items": [{"time": "2026-01-01T00:00:00Z", "level": "warn",
                                    "message": "away.test does not answer"}]}""").getAsJsonObject())
                .config("config.yaml")
                .toString();
        assertThat(report)
                .contains("## Program", "Java " + System.getProperty("java.version"), "## Status", "\"devices\": 2")
                .contains("## Log", "2026-01-01T00:00:00Z warn (host) does not answer")
                .contains("## Config: config.yaml", "password: ***", "openai.example, to: vps")
                .doesNotContain("hunter22", "YWVzLTI1Ni1nY206c2VjcmV0", "anna", "secret.place", "away.test");
    }

    @Test
    void it_is_written_where_nothing_is_and_only_if_somebody_agrees(@TempDir Path folder) throws Exception {
        Path config = Files.writeString(folder.resolve("c.yaml"), "api: {listen: \"127.0.0.1:9\"}\n");
        Path file = folder.resolve("report.txt");
        String[] line = {"bugreport", "-c", config.toString(), "--api", "127.0.0.1:9", "-o", file.toString(), ""};
        line[7] = "--yes";
        assertThat(Main.run(line)).isEqualTo(ExitCode.OK);
        assertThat(Files.readString(file)).contains("## Not running", "## Doctor", "## Config");
        assertThat(Main.run(line)).isEqualTo(ExitCode.USAGE);
    }
}
