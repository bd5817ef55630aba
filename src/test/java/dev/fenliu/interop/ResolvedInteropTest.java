package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.e2e.Fenliu;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The stub resolver of most desktops, with the program as its only upstream. */
@Tag("program")
@Timeout(120)
class ResolvedInteropTest {
    @TempDir
    Path folder;

    @Test
    void systemd_resolved_passes_on_what_the_rules_say() throws Exception {
        for (String file : List.of("ask.sh", "resolved.conf", "questions")) {
            try (InputStream in = getClass().getResourceAsStream("/resolved/" + file)) {
                Files.copy(in, folder.resolve(file));
            }
        }
        Fenliu.write(folder.resolve("proxy.yaml"), """
                listeners: [{type: dns, name: names, listen: "127.0.0.1:5335"}]
                outbounds: {vps: {type: socks5, server: "127.0.0.1:9"}}
                rules:
                  - {domain-suffix: ads.test, to: block}
                  - {domain-suffix: tunnelled.test, to: vps}
                  - {to: direct}
                dns:
                  direct: ["udp://127.0.0.1:9"]
                  hosts: {nas.lan: [192.168.1.1, "fd00::1"]}
                  cache: {persist: no}
                """);
        try (Programs programs = new Programs(folder)) {
            Programs.require("systemd-resolved");
            List<String> command = new ArrayList<>(List.of(
                    "unshare",
                    "--net",
                    "--mount",
                    "sh",
                    folder.resolve("ask.sh").toString(),
                    folder.toString()));
            command.addAll(
                    Fenliu.command("run", "-c", folder.resolve("proxy.yaml").toString()));
            assertThat(programs.run(command.toArray(String[]::new)).lines())
                    .as(Files.readString(folder.resolve("resolved.log")))
                    .containsExactly(
                            "nas.lan A NOERROR 192.168.1.1",
                            "nas.lan AAAA NOERROR fd00::1",
                            "a.ads.test A NXDOMAIN",
                            "www.tunnelled.test A SERVFAIL",
                            "1.1.168.192.in-addr.arpa PTR NOERROR nas.lan.");
        }
    }
}
