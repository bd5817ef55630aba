package dev.fenliu.edit;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import java.util.Optional;

/**
 * What somebody means who names a host: it and all below it, or an address, a network, a pattern.
 *
 * @param key the condition of a rule: {@code domain-suffix}, {@code domain-wildcard} or {@code ip-cidr}
 * @param port that was named with it
 */
record Term(String key, String value, Optional<Integer> port) {
    static final String SUFFIX = "domain-suffix";
    static final String WILDCARD = "domain-wildcard";
    static final String NETWORK = "ip-cidr";

    /** @param text a host, with a port or without, an address, a network, a pattern or a URL */
    static Term of(String text) throws EditRefused {
        try {
            int slash = text.indexOf('/');
            if (slash > 0 && Addresses.parse(text.substring(0, slash)) != null) {
                return new Term(NETWORK, text, Optional.empty());
            }
            if (text.startsWith("+.") || text.startsWith("*.") && text.indexOf('*', 1) < 0) {
                return new Term(SUFFIX, Host.parse(text.substring(2)).toString(), Optional.empty());
            }
            int scheme = text.indexOf("://");
            if (scheme < 0 && (text.indexOf('*') >= 0 || text.indexOf('?') >= 0)) {
                return new Term(WILDCARD, text, Optional.empty());
            }
            String host = scheme < 0 ? text : text.substring(scheme + 3).split("[/?#]", 2)[0];
            if (scheme >= 0) { // the host of a page, not its port
                String authority = host.substring(host.lastIndexOf('@') + 1);
                host = authority.replaceFirst(":[0-9]+$", "");
            }
            boolean port = host.matches("[^:]+:[0-9]+|\\[.*]:[0-9]+");
            Destination to = port ? Destination.parse(host) : new Destination(Host.parse(host), 443);
            return new Term(
                    to.host() instanceof Host.Address ? NETWORK : SUFFIX,
                    to.host().toString().replaceAll("[\\[\\]]", ""),
                    port ? Optional.of(to.port()) : Optional.empty());
        } catch (IllegalArgumentException e) {
            throw new EditRefused(text + ": " + e.getMessage());
        }
    }

    /** As a rule in braces has it. */
    String condition() {
        return key + ": " + YamlEdit.scalar(value)
                + port.map(number -> ", port: " + number).orElse("");
    }
}
