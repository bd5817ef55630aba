package dev.fenliu.transport;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of {@code transport:}, the same at both ends. */
public final class TransportKeys {
    /** What a request head may well hold, in Base64. */
    private static final int MOST_EARLY_DATA = 4096;

    private static final Key<TransportOptions.Kind> TYPE =
            Key.required("type", Type.choice(TransportOptions.Kind.class), "What the tunnel's stream is carried in.");
    private static final Key<String> PATH = Key.withDefault(
            "path",
            Type.scalar("a path", TransportKeys::path),
            "/",
            "The path of the request. Whoever asks a server for another one is a stranger.");
    private static final Key<List<String>> HOST = Key.withDefault(
            "host",
            Type.listOf(Type.text("a host name, with a port or without", "[A-Za-z0-9._:\\[\\]-]{1,255}")),
            List.of(),
            "The host that a client asks for, `sni` or that of `server` if absent. A server that has it takes whoever asks"
                    + " for another one for a stranger.");
    private static final Key<Integer> EARLY_DATA = Key.optional(
            "early-data",
            Type.integer(0, MOST_EARLY_DATA),
            "Of `ws`, at the client: how many bytes may travel with the request, which saves a round trip. A path that ends"
                    + " in `?ed=NUMBER` says the same. Servers always take them.");

    /** Of {@code transport:}. */
    public static final List<Key<?>> ALL = List.of(TYPE, PATH, HOST, EARLY_DATA);

    /** {@code transport:} itself. */
    public static final Key<TransportOptions> TRANSPORT = Key.optional(
            "transport",
            Type.of("a mapping of `type`, `path`, `host`, `early-data`", Section.schema(ALL), TransportKeys::read),
            "What carries the stream above TLS, as the other end has it; TLS offers the transport's protocol alone, whatever"
                    + " `alpn` says. Elsewhere: network, ws-opts, streamSettings.");

    /** The parameter by which paths of V2Ray say how much early data there may be. */
    private static final Pattern EARLY = Pattern.compile("([?&])ed=([0-9]{1,9})(&|$)");

    private TransportKeys() {}

    /** A path as it goes over the wire: what a request line cannot hold is percent-encoded (RFC 3986 section 2.1). */
    private static String path(String text) {
        StringBuilder path = new StringBuilder(text.startsWith("/") ? "" : "/");
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' && b < 0x7f && b != '#') {
                path.append((char) b);
            } else {
                path.append(String.format(Locale.ROOT, "%%%02X", b));
            }
        }
        return path.toString();
    }

    private static @Nullable TransportOptions read(ConfigNode node, String what, Problems problems) {
        Section section = Section.open(node, what, ALL, problems);
        if (section == null) {
            return null;
        }
        TransportOptions.Kind kind = section.get(TYPE);
        String path = section.value(PATH);
        List<String> hosts = section.value(HOST);
        Integer early = section.get(EARLY_DATA);
        Matcher inPath = EARLY.matcher(path);
        if (inPath.find()) {
            path = inPath.replaceFirst(inPath.group(3).isEmpty() ? "" : "$1");
            early = early == null
                    ? Integer.valueOf(Math.min(Integer.parseInt(inPath.group(2)), MOST_EARLY_DATA))
                    : early;
        }
        boolean ws = kind == TransportOptions.Kind.WS;
        if (kind != null && !ws && section.has(EARLY_DATA)) {
            problems.error(section.at(EARLY_DATA), "\"early-data\" belongs to the transport ws alone");
        }
        return kind == null || !section.clean()
                ? null
                : new TransportOptions(kind, path, hosts, ws && early != null ? early : 0);
    }
}
