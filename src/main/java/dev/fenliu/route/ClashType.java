package dev.fenliu.route;

import dev.fenliu.config.Nearest;
import dev.fenliu.model.Transport;
import dev.fenliu.route.list.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** The types of Clash, Surge and Quantumult X rule lines, and what each means here. */
final class ClashType {
    private static final Set<String> KNOWN = Set.of(
            "DOMAIN",
            "DOMAIN-SUFFIX",
            "DOMAIN-KEYWORD",
            "DOMAIN-WILDCARD",
            "DOMAIN-REGEX",
            "IP-CIDR",
            "IP-CIDR6",
            "IP-ASN",
            "GEOIP",
            "RULE-SET",
            "SRC-IP-CIDR",
            "SRC-PORT",
            "DST-PORT",
            "NETWORK",
            "PROCESS-NAME",
            "IN-USER",
            "IN-NAME",
            "AND",
            "OR",
            "NOT",
            "MATCH",
            "FINAL");

    /** What {@code GEOIP,LAN} and {@code GEOIP,PRIVATE} mean. */
    private static final List<Cidr> PRIVATE = Stream.of(
                    "0.0.0.0/8",
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "127.0.0.0/8",
                    "169.254.0.0/16",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "224.0.0.0/4",
                    "::/128",
                    "::1/128",
                    "fc00::/7",
                    "fe80::/10",
                    "ff00::/8")
            .map(text -> Objects.requireNonNull(Cidr.parse(text)))
            .toList();

    private ClashType() {}

    static boolean isLogical(String type) {
        return type.equals("AND") || type.equals("OR") || type.equals("NOT");
    }

    /** Whether a country's code stands for the networks that are no country's. */
    static boolean isPrivate(String code) {
        return code.strip().equalsIgnoreCase("LAN") || code.strip().equalsIgnoreCase("PRIVATE");
    }

    /** The condition of a line that holds no others. */
    static Condition leaf(String type, String raw, Condition.LookUp lookUp, boolean source) throws RuleSyntaxException {
        String value = raw.strip();
        return switch (type) {
            case "DOMAIN", "HOST" -> name(Condition.NameKind.EXACT, ConditionValues.name(value));
            case "DOMAIN-SUFFIX", "HOST-SUFFIX" -> name(Condition.NameKind.SUFFIX, ConditionValues.suffix(value));
            case "DOMAIN-KEYWORD", "HOST-KEYWORD" -> name(Condition.NameKind.KEYWORD, ConditionValues.keyword(value));
            case "DOMAIN-WILDCARD", "HOST-WILDCARD" ->
                name(Condition.NameKind.WILDCARD, ConditionValues.wildcard(value));
            case "DOMAIN-REGEX" -> name(Condition.NameKind.REGEX, ConditionValues.regex(raw)); // never trimmed
            case "IP-CIDR", "IP-CIDR6", "IP6-CIDR" -> network(ConditionValues.network(value), lookUp, source);
            case "IP-ASN" -> new Condition.InAsn(List.of(ConditionValues.asn(value)), lookUp);
            case "GEOIP" ->
                isPrivate(value)
                        ? new Condition.InNetwork(PRIVATE, lookUp)
                        : new Condition.InCountry(List.of(ConditionValues.country(value)), lookUp);
            case "SRC-IP-CIDR", "SRC-IP" -> new Condition.Source(List.of(ConditionValues.network(value)));
            case "SRC-PORT" -> new Condition.SourcePort(ports(value));
            case "DST-PORT", "DEST-PORT" -> new Condition.Port(ports(value));
            case "NETWORK" -> new Condition.Network(Set.of(transport(value)));
            case "PROCESS-NAME" ->
                new Condition.Word(Condition.WordKind.PROCESS, List.of(ConditionValues.process(value)));
            case "IN-USER" -> new Condition.Word(Condition.WordKind.USER, List.of(value.split("/")));
            case "IN-NAME" -> new Condition.Word(Condition.WordKind.LISTENER, List.of(value.split("/")));
            default -> throw unknown(type, value);
        };
    }

    private static Condition name(Condition.NameKind kind, String value) {
        return new Condition.Name(kind, List.of(value));
    }

    private static Condition network(Cidr network, Condition.LookUp lookUp, boolean source) {
        return source ? new Condition.Source(List.of(network)) : new Condition.InNetwork(List.of(network), lookUp);
    }

    /** Ports and ranges, with {@code /} between them. */
    private static List<PortRange> ports(String value) throws RuleSyntaxException {
        List<PortRange> ranges = new ArrayList<>();
        for (String part : value.split("/", -1)) {
            ranges.add(ConditionValues.ports(part.strip()));
        }
        return List.copyOf(ranges);
    }

    private static Transport transport(String value) throws RuleSyntaxException {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "tcp" -> Transport.TCP;
            case "udp" -> Transport.UDP;
            default -> throw new RuleSyntaxException("NETWORK,\"" + value + "\" (expected: tcp or udp)", null);
        };
    }

    private static RuleSyntaxException unknown(String type, String value) {
        String hint = switch (type) {
            case "GEOSITE" -> "name a list of these hosts under rule-sets and write RULE-SET," + value + ",…";
            case "SUB-RULE" -> "write its rules themselves here";
            case "RULE-SET", "MATCH", "FINAL" -> "it cannot stand here";
            case "PROCESS-PATH", "PROCESS-PATH-REGEX", "PROCESS-NAME-REGEX" ->
                "write PROCESS-NAME with the" + " name of the program's file";
            case "SRC-GEOIP", "SRC-IP-ASN", "SRC-IP-SUFFIX" -> "write SRC-IP-CIDR with the client's network";
            case "SRC-MAC" -> "write a mapping: {source-mac: \"" + value + "\", to: …}";
            case "IP-SUFFIX" -> "write IP-CIDR with a network";
            case "IN-PORT", "IN-TYPE" -> "name the listener and write IN-NAME";
            case "URL-REGEX", "USER-AGENT" -> "it needs the text of the request, which TLS hides";
            default -> Nearest.hint(type, KNOWN);
        };
        return new RuleSyntaxException("rules of type " + type + " are not known here", hint);
    }
}
