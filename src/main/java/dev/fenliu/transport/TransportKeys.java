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
            "The path of the request, but of grpc. Whoever asks a server for another one is a stranger.");
    private static final Key<String> SERVICE_NAME = Key.optional(
            "service-name",
            Type.scalar("a name", text -> text),
            "Of `grpc`: the name of the service. One that begins with a slash is the path with the call's name at its end.");
    private static final Key<List<String>> HOST = Key.withDefault(
            "host",
            Type.listOf(Type.text("a host name, with a port or without", "[A-Za-z0-9._:\\[\\]-]{1,255}")),
            List.of(),
            "The host that a client asks for, `sni` or that of `server` if absent (www.example.com with h2, as V2Ray has"
                    + " it). A server that has it takes whoever asks for another one for a stranger.");
    private static final Key<Integer> EARLY_DATA = Key.optional(
            "early-data",
            Type.integer(0, MOST_EARLY_DATA),
            "Of `ws`, at the client: how many bytes may travel with the request, which saves a round trip. A path that ends"
                    + " in `?ed=NUMBER` says the same. Servers always take them.");

    /** Of {@code transport:}. */
    public static final List<Key<?>> ALL = List.of(TYPE, PATH, HOST, SERVICE_NAME, EARLY_DATA);

    /** {@code transport:} itself. */
    public static final Key<TransportOptions> TRANSPORT = Key.optional(
            "transport",
            Type.of("a mapping of `type`, `path`, `host`, `service-name`, `early-data`", Section.schema(ALL), TransportKeys::read),
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

    /** The path of a gRPC service's call, as Xray makes it of the service's name: {@code /SERVICE/Tun}, and its sister's. */
    private static String call(String service) {
        if (!service.startsWith("/")) {
            return "/" + escaped(service) + "/Tun|TunMulti";
        }
        StringBuilder path = new StringBuilder();
        for (String part : service.substring(1).split("/", -1)) {
            path.append('/').append(escaped(part));
        }
        return path.toString();
    }

    /** One segment of a path; a bar stays as it is, since it parts the names of calls. */
    private static String escaped(String segment) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : segment.getBytes(StandardCharsets.UTF_8)) {
            if (b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || "-_.~$&+=:@|".indexOf(b) >= 0) {
                escaped.append((char) b);
            } else {
                escaped.append(String.format(Locale.ROOT, "%%%02X", b));
            }
        }
        return escaped.toString();
    }

    private static void belongs(Section section, Key<?> key, TransportOptions.@Nullable Kind kind, boolean there) {
        if (kind != null && !there && section.has(key)) {
            String name = kind.name().toLowerCase(Locale.ROOT);
            section.problems().error(section.at(key), "the transport " + name + " has no \"" + key.name() + "\"");
        }
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
        boolean grpc = kind == TransportOptions.Kind.GRPC;
        belongs(section, EARLY_DATA, kind, ws);
        belongs(section, PATH, kind, !grpc);
        belongs(section, SERVICE_NAME, kind, grpc);
        if (grpc) {
            String name = section.get(SERVICE_NAME);
            path = call(name == null ? "" : name);
        }
        return kind == null || !section.clean()
                ? null
                : new TransportOptions(kind, path, hosts, ws && early != null ? early : 0);
    }
}
