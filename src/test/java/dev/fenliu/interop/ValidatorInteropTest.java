package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.e2e.Fenliu;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A validating unbound whose only way to the world is the DNS listener: keys of the root, signatures, and proofs that a name
 * is missing come through whole. The root is one of our own, signed here, which another unbound serves.
 */
@Tag("program")
@Timeout(120)
class ValidatorInteropTest {
    private static final String UNBOUND = """
        server:
          interface: 127.0.0.1@%d
          directory: "%s"
          chroot: ""
          username: ""
          pidfile: ""
          use-syslog: no
          do-not-query-localhost: no
          local-zone: "test." nodefault
        %s
        remote-control:
          control-enable: no
        """;

    @TempDir
    Path folder;

    private Programs programs;

    private int unbound(String name, String more) throws Exception {
        int port = Programs.freePort();
        Path config = programs.write(name + ".conf", UNBOUND.formatted(port, folder, more));
        programs.serve(port, "unbound", "-d", "-c", config.toString());
        return port;
    }

    @Test
    void signatures_and_proofs_reach_a_client_that_checks_them() throws Exception {
        try (Programs others = new Programs(folder)) {
            programs = others;
            programs.write("root.zone", """
                . 3600 SOA ns.test. me.test. 1 3600 600 86400 60
                . 3600 NS ns.test.
                ns.test. 3600 A 127.0.0.1
                www.fenliu.test. 300 A 198.51.100.1
                www.ads.test. 300 A 198.51.100.2
                """);
            Programs.require("ldns-keygen");
            programs.run(
                    "sh",
                    "-c",
                    "cd '" + folder + "' && key=$(ldns-keygen -a ECDSAP256SHA256 -k .)"
                            + " && ldns-signzone -f root.signed root.zone $key && cp $key.ds root.ds");
            int near = unbound("near", """
                  module-config: "iterator"
                auth-zone:
                  name: "."
                  zonefile: "root.signed"
                """);
            try (Fenliu proxy = Fenliu.start(folder, "proxy", """
                listeners: [{type: dns, name: names, listen: "127.0.0.1:0"}]
                rules: [{domain-suffix: ads.test, to: block}, {to: direct}]
                dns: {direct: ["udp://127.0.0.1:%d"], cache: {persist: no}}
                """.formatted(near))) {
                int validator = unbound("validator", """
                      module-config: "validator iterator"
                      trust-anchor-file: "root.ds"
                    forward-zone:
                      name: "."
                      forward-addr: 127.0.0.1@%d
                    """.formatted(proxy.port("names")));
                assertThat(dig(validator, "www.fenliu.test"))
                        .containsPattern("flags:[a-z ]* ad")
                        .contains("198.51.100.1");
                assertThat(dig(validator, "missing.fenliu.test"))
                        .containsPattern("flags:[a-z ]* ad")
                        .contains("status: NXDOMAIN");
                assertThat(dig(validator, "www.ads.test"))
                        .contains("status: SERVFAIL"); // nobody signs what a rule says
            }
        }
    }

    private String dig(int port, String name) throws Exception {
        return programs.run("dig", "@127.0.0.1", "-p", String.valueOf(port), "+dnssec", "+tries=1", "+time=8", name);
    }
}
