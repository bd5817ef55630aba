package dev.fenliu.route.list;

import dev.fenliu.config.Nearest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Our own lists: the keys of conditions about hosts, each with its values. */
final class FenliuYaml implements YamlLists.Reader {
    private static final Map<String, EntryKind> KEYS = new LinkedHashMap<>();

    static {
        KEYS.put("domain", EntryKind.DOMAIN);
        KEYS.put("domain-suffix", EntryKind.DOMAIN_SUFFIX);
        KEYS.put("domain-keyword", EntryKind.DOMAIN_KEYWORD);
        KEYS.put("domain-wildcard", EntryKind.DOMAIN_WILDCARD);
        KEYS.put("domain-regex", EntryKind.DOMAIN_REGEX);
        KEYS.put("ip-cidr", EntryKind.IP_CIDR);
    }

    private @Nullable EntryKind kind;

    static boolean isKey(String key) {
        return KEYS.containsKey(key);
    }

    @Override
    public void key(String key, int line, Entries out) {
        kind = KEYS.get(key);
        if (kind == null) {
            String hint = Nearest.hint(key, KEYS.keySet());
            out.bad(line, key + ":", "unknown key \"" + key + "\"" + (hint == null ? "" : " (" + hint + ")"));
        }
    }

    @Override
    public void item(String value, int line, Entries out) {
        if (kind == null) {
            out.bad(line, value, "an entry below no known key");
        } else {
            out.add(kind, value, line);
        }
    }
}
