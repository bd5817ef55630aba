package dev.fenliu.leak;

/**
 * A config of the box, with every listener that a client can come by.
 *
 * @param tunnel the outbound {@code vps}, as YAML
 * @param target where the canaries go
 * @param first rules before those of the canaries, each a line
 * @param more keys of the file
 */
record Home(String tunnel, String target, String first, String more) {
    static final String TROJAN =
            "{type: trojan, server: \"%s\", password: s3cret, sni: far.test, ca: far.pem, alpn: [http/1.1]}";
    static final String SHADOWSOCKS = "{type: shadowsocks, server: \"%s\", method: aes-128-gcm, password: %s}";
    static final String GOOD = TROJAN.formatted("203.0.113.1:443");

    private static final String LISTENERS = """
            listeners:
              - {type: mixed, name: in, listen: "[::]:7890", lan: trusted}
              - {type: tproxy, name: all, listen: "[::]:7893", lan: trusted}
              - {type: dns, name: names, listen: "[::]:5335", lan: trusted}
              - {type: dns, name: https, listen: "[::]:8853", lan: trusted, certificate: far.pem, private-key: far.key}
            """;

    /** What was learnt long ago would be told while the tunnel is down. */
    private static final String DNS = """
            dns:
              direct: ["udp://198.51.100.2:53"]
              tunnel: ["tcp://198.51.100.2:53"]
              cache: {stale: 0s, stale-on-error: 0s}
              ipv6: yes
            """;

    /** Canaries go through this tunnel. */
    static Home with(String tunnel) {
        return new Home(tunnel, "vps", "", "");
    }

    /** The same with rules before those of the canaries. */
    Home first(String rules) {
        return new Home(tunnel, target, rules, more);
    }

    /** The same with more keys. */
    Home more(String keys) {
        return new Home(tunnel, target, first, keys);
    }

    /** The same with another place for the canaries to go to. */
    Home to(String other) {
        return new Home(tunnel, other, first, more);
    }

    /** The mistake of a scenario that the provider has to see: the rules of the canaries say direct. */
    Home leaking() {
        return to("direct");
    }

    String text() {
        String dns = more.contains("dns:") ? "" : DNS;
        String lists = more.contains("rule-sets:") ? "" : "rule-sets: {birds: {file: birds.txt}}\n";
        return LISTENERS + "outbounds:\n  vps: " + tunnel + "\n" + lists + dns + "log: {flows: on}\n" + more
                + "\nrules:\n" + first.indent(2) + Canaries.text("rules.yaml").replace("TARGET", target)
                + "  - {to: direct}\n";
    }
}
