package dev.fenliu.route.list;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The formats of rule-set files, by the names that the config key {@code format} takes. */
public enum ListFormat {
    /** Our own YAML: {@code domain-suffix:}, {@code ip-cidr:} and so on, each with a list. */
    FENLIU,
    /** Clash YAML with {@code payload:}, of any behaviour. */
    CLASH,
    /** One domain or network a line; {@code +.}, {@code .} and {@code *} as Clash reads them. */
    TEXT,
    /** One Clash rule a line, without target. */
    CLASSICAL,
    /** An address and names a line. */
    HOSTS,
    /** {@code server=/example.org/…} and its relatives. */
    DNSMASQ,
    /** AdBlock rules for DNS: {@code ||example.org^}. */
    ADBLOCK,
    /** Rules of Surge, Loon, Shadowrocket and Quantumult X. */
    SURGE,
    /** Surge's DOMAIN-SET: a leading dot means the name and below. */
    DOMAIN_SET,
    /** Sources of v2fly's domain-list-community. */
    V2FLY,
    /** sing-box rule-set source (JSON). */
    SING_BOX,
    /** mihomo's binary rule-set. */
    MRS,
    /** sing-box's binary rule-set. */
    SRS,
    /** {@code geosite.dat}: many lists of domains in one file. */
    GEOSITE,
    /** {@code geoip.dat}: many lists of networks in one file. */
    GEOIP,
    /** AutoProxy rules in Base64, as gfwlist is published. */
    GFWLIST;

    private final String key = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The name in a config: {@code sing-box}. */
    public String key() {
        return key;
    }

    /** The format of that name, or null. */
    public static @Nullable ListFormat of(String key) {
        for (ListFormat format : values()) {
            if (format.key.equals(key)) {
                return format;
            }
        }
        return null;
    }

    /** All names, in the order of the documentation. */
    public static List<String> keys() {
        return Arrays.stream(values()).map(ListFormat::key).toList();
    }
}
