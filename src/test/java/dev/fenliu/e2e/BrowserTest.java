package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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

    private String page(String profile, String proxy, String url) throws Exception {
        List<String> command = DevTools.chromium(
                folder.resolve("profile-" + profile),
                "--disable-quic",
                "--host-resolver-rules=MAP *.plain.test 127.0.0.1, MAP *.openai.test 127.0.0.1",
                proxy,
                "--proxy-bypass-list=<-loopback>",
                "--dump-dom",
                url);
        return Programs.output(command.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"socks5", "http"})
    void chromium_sends_openai_through_the_tunnel_and_the_rest_direct(String scheme) throws Exception {
        try (Split split = Split.start(folder, "trojan")) {
            for (String host : List.of(Split.TUNNELLED, Split.DIRECT)) {
                assertThat(page(scheme, "--proxy-server=" + scheme + "://127.0.0.1:" + split.port(), split.url(host)))
                        .contains(host.equals(Split.TUNNELLED) ? "road=tunnel" : "road=direct");
            }
        }
    }

    @Test
    void chromium_finds_the_proxy_by_its_script() throws Exception {
        try (Split split = Split.start(folder, "trojan")) {
            String script = "--proxy-pac-url=http://127.0.0.1:" + split.port() + "/proxy.pac";
            for (String host : List.of(Split.TUNNELLED, Split.DIRECT)) {
                assertThat(page("pac", script, split.url(host)))
                        .contains(host.equals(Split.TUNNELLED) ? "road=tunnel" : "road=direct");
                assertThat(split.home.text()).contains(host);
            }
        }
    }

    /** The script is what a browser keeps of us when we are gone. */
    @Test
    void without_the_proxy_only_what_goes_direct_anyway_does_and_only_if_that_was_wished() throws Exception {
        for (boolean wished : List.of(false, true)) {
            Path script = Files.createTempFile(folder, "proxy", ".pac");
            try (Split split = Split.start(folder.resolve("split-" + wished), "trojan");
                    Fenliu home = Fenliu.start(
                            folder, "home-" + wished, """
                            listeners: [{type: http, name: in, listen: "127.0.0.1:0"%s}]
                            outbounds: {vps: {type: socks5, server: "127.0.0.1:9"}}
                            rules: [{domain-suffix: openai.test, to: vps}, {to: direct}]
                            """.formatted(wished ? ", pac-fallback: direct" : ""))) {
                String url = "http://127.0.0.1:" + home.port("in") + "/wpad.dat";
                Files.writeString(script, Programs.output(Programs.require("curl"), "-sf", "--noproxy", "*", url));
                home.close();
                String pac = "--proxy-pac-url=data:application/x-ns-proxy-autoconfig;base64,"
                        + Base64.getEncoder().encodeToString(Files.readAllBytes(script));
                assertThat(page("gone-" + wished, pac, split.url(Split.TUNNELLED)))
                        .doesNotContain("road=");
                String direct = page("gone-" + wished, pac, split.url(Split.DIRECT));
                assertThat(direct.contains("road=direct")).as(direct).isEqualTo(wished);
            }
        }
    }
}
