package dev.fenliu.subscribe;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription lists. The form is recognised from the text: Clash YAML, SIP008, JSON of sing-box or Xray, or share
 * links, plain or all together in Base64. One that cannot be read is listed and spoils nothing else.
 *
 * @param nodes in the order of the text, their names all different
 * @param bad what cannot be used, likewise
 * @param notes what only looks like a node: quota, dates and advertisements, which providers write as names of nodes that
 *     lead nowhere
 * @param quota what the text itself says of the account
 */
public record NodeList(List<Node> nodes, List<BadNode> bad, List<String> notes, Quota quota) {
    /** The largest text, in bytes. */
    public static final int MAX_BYTES = 8 << 20;

    /** The most nodes that are taken of one text. */
    public static final int MAX_NODES = 20_000;

    private static final Pattern CLASH = Pattern.compile("(?m)^(?:proxies|Proxy)[ \\t]*:");
    private static final Pattern LINK = Pattern.compile("(?m)^[ \\t]*[A-Za-z][A-Za-z0-9+.-]{0,30}://");
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/_\\s-]++[=\\s]*+");
    private static final Pattern ESCAPE = Pattern.compile("\\\\[\\\\/]");
    private static final Pattern BLANK = Pattern.compile("\\s+");
    private static final String KNOWN = "known: Clash YAML, SIP008, sing-box or Xray JSON, share links, also in Base64";

    public NodeList {
        nodes = List.copyOf(nodes);
        bad = List.copyOf(bad);
        notes = List.copyOf(notes);
    }

    /**
     * Reads a text.
     *
     * @param what how messages about its nodes call it
     * @throws NotNodesException if it is no list of nodes at all, such as a login page
     */
    public static NodeList read(String what, byte[] content) throws NotNodesException {
        if (content.length > MAX_BYTES) {
            throw new NotNodesException("it is larger than " + (MAX_BYTES >> 20) + " MiB");
        }
        String text = text(content);
        Collected into = new Collected(what);
        read(what, text, into, true);
        NodeList list = into.list();
        if (list.nodes.isEmpty() && list.bad.isEmpty()) {
            throw new NotNodesException("there is no node in it");
        }
        return list;
    }

    private static void read(String what, String text, Collected into, boolean encoded) throws NotNodesException {
        if (text.isEmpty()) {
            throw new NotNodesException("it is empty");
        }
        if (text.startsWith("<")) {
            throw new NotNodesException("it is a web page, not a list of nodes");
        }
        if (text.startsWith("{") || text.startsWith("[") || CLASH.matcher(text).find()) {
            mapping(what, text, into);
        } else if (LINK.matcher(text).find()) {
            LinkLines.read(text, into);
        } else {
            String decoded = encoded ? decode(text) : null;
            if (decoded == null) {
                throw new NotNodesException("it is no list of nodes (" + KNOWN + ")");
            }
            read(what, decoded, into, false);
        }
    }

    private static void mapping(String what, String text, Collected into) throws NotNodesException {
        if (text.length() > YamlReader.MAX_CHARS) {
            throw new NotNodesException("it is larger than " + (YamlReader.MAX_CHARS >> 20) + " MiB");
        }
        Problems problems = new Problems();
        boolean json = text.startsWith("{") || text.startsWith("[");
        ConfigNode root = YamlReader.readForeign(what, json ? yaml(text) : text, problems);
        if (root == null) {
            Problem first = problems.all().get(0);
            throw new NotNodesException("line " + first.position().line() + ": it is not " + (json ? "JSON" : "YAML"));
        }
        ConfigNode clash = first(root, "proxies", "Proxy");
        ConfigNode servers = root.kind() == ConfigNode.Kind.SEQUENCE ? root : root.get("servers");
        ConfigNode outbounds = root.get("outbounds");
        if (clash != null) {
            ClashNodes.read(clash, into);
        } else if (outbounds != null) {
            for (ConfigNode item : outbounds.items()) {
                if (item.get("protocol") != null) {
                    XrayNodes.read(item, into);
                } else {
                    SingBoxNodes.read(item, into);
                }
            }
        } else if (servers != null) {
            into.say(Sip008Nodes.quota(root));
            servers.items().forEach(item -> Sip008Nodes.read(item, into));
        } else {
            throw new NotNodesException("it is no list of nodes (" + KNOWN + ")");
        }
    }

    /** JSON is YAML but for tabs between its words, and for escaped slashes. */
    private static String yaml(String json) {
        return ESCAPE.matcher(json.replace('\t', ' '))
                .replaceAll(escape -> escape.group().equals("\\/") ? "/" : "\\\\\\\\");
    }

    private static @Nullable ConfigNode first(ConfigNode root, String... keys) {
        for (String key : keys) {
            ConfigNode found = root.get(key);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** The text without byte order mark and blanks around it; bytes that are no UTF-8 spoil their line alone. */
    private static String text(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        return (text.startsWith("\ufeff") ? text.substring(1) : text).strip();
    }

    /** Of either alphabet, padded or not, wrapped or not; null if it is no Base64. */
    private static @Nullable String decode(String text) {
        if (!BASE64.matcher(text).matches()) {
            return null;
        }
        String plain = BLANK.matcher(text).replaceAll("").replace('-', '+').replace('_', '/');
        int end = plain.indexOf('=');
        try {
            return text(Base64.getDecoder().decode(end < 0 ? plain : plain.substring(0, end)));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
