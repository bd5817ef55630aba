package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real browser, pointed at the proxy in both ways that it has. */
@Tag("program")
@Timeout(180)
class BrowserTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"socks5", "http"})
    void chromium_sends_openai_through_the_tunnel_and_the_rest_direct(String scheme) throws Exception {
        String chromium = Programs.require("chromium");
        try (Split split = Split.start(folder, "trojan")) {
            for (String host : List.of(Split.TUNNELLED, Split.DIRECT)) {
                String page = Programs.output(
                        chromium,
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--user-data-dir=" + folder.resolve("profile-" + scheme),
                        "--proxy-server=" + scheme + "://127.0.0.1:" + split.port(),
                        "--proxy-bypass-list=<-loopback>",
                        "--dump-dom",
                        split.url(host));
                assertThat(page).contains(host.equals(Split.TUNNELLED) ? "road=tunnel" : "road=direct");
            }
        }
    }
}
