package dev.fenliu.inbound.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The head of a request to a proxy, checked for everything that could make two parsers disagree (RFC 9112 section 11.2).
 *
 * @param modern whether the client speaks HTTP/1.1
 * @param options the members of {@code Connection} in lower case
 * @param chunked whether the body is chunked; otherwise it has {@code length} bytes
 */
record RequestHead(
        HttpHead head,
        String method,
        Target target,
        boolean modern,
        Set<String> options,
        boolean chunked,
        long length) {
    private static final Set<String> HOP = Set.of(
            "connection",
            "proxy-connection",
            "keep-alive",
            "te",
            "trailer",
            "upgrade",
            "proxy-authorization",
            "proxy-authenticate");

    /** Fields that a Connection header must not take away from the origin. */
    private static final Set<String> END_TO_END =
            Set.of("host", "content-length", "transfer-encoding", "cookie", "authorization");

    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    static RequestHead parse(String text) throws Malformed {
        HttpHead head = HttpHead.parse(text, true);
        String line = head.start();
        int first = line.indexOf(' ');
        int second = line.indexOf(' ', first + 1);
        if (first <= 0 || second <= first + 1 || line.indexOf(' ', second + 1) >= 0 || line.indexOf('\t') >= 0) {
            throw new Malformed(400, "a request line that is not: method, target, version");
        }
        String method = line.substring(0, first);
        if (!HttpHead.isToken(method)) {
            throw new Malformed(400, "a method with a character that methods cannot have");
        }
        boolean modern = modern(line.substring(second + 1));
        Set<String> options = head.connection();
        for (String name : END_TO_END) {
            if (options.contains(name)) {
                throw new Malformed(400, "a Connection header that names " + name);
            }
        }
        boolean chunked = chunked(head, modern);
        long length = head.contentLength();
        if (chunked && length >= 0) {
            throw new Malformed(400, "both Content-Length and Transfer-Encoding");
        }
        String asked = line.substring(first + 1, second);
        boolean connect = method.equals("CONNECT");
        if (connect && (chunked || length > 0)) { // a length of 0 is sent by WinINet
            throw new Malformed(400, "a CONNECT request with a body");
        }
        if (Target.isAutoConfig(method, asked)) {
            return new RequestHead(head, method, ourselves(head, asked), modern, options, chunked, Math.max(0, length));
        }
        Target target = connect ? Target.authority(asked) : Target.absolute(method, asked);
        checkHost(head, modern, connect, target);
        return new RequestHead(head, method, target, modern, options, chunked, Math.max(0, length));
    }

    /** As the client calls us, which is how others can reach us too (RFC 9110 section 7.2). */
    private static Target ourselves(HttpHead head, String path) throws Malformed {
        String host = head.only("host");
        if (host == null) {
            throw new Malformed(400, "not one Host header");
        }
        return new Target(Target.destination(host, 80), "", path);
    }

    private static boolean modern(String version) throws Malformed {
        if (version.equals("HTTP/1.1") || version.equals("HTTP/1.0")) {
            return version.endsWith("1");
        }
        if (version.length() == 8
                && version.startsWith("HTTP/")
                && Character.digit(version.charAt(5), 10) >= 0
                && version.charAt(6) == '.'
                && Character.digit(version.charAt(7), 10) >= 0) {
            throw new Malformed(505, version + " is not supported (expected: HTTP/1.1 or HTTP/1.0)");
        }
        throw new Malformed(400, "a request line without an HTTP version");
    }

    private static boolean chunked(HttpHead head, boolean modern) throws Malformed {
        List<String> values = head.values("transfer-encoding");
        if (values.isEmpty()) {
            return false;
        }
        if (!modern || values.size() > 1 || !values.get(0).equalsIgnoreCase("chunked")) {
            throw new Malformed(400, "a Transfer-Encoding other than chunked in HTTP/1.1");
        }
        return true;
    }

    private static void checkHost(HttpHead head, boolean modern, boolean connect, Target target) throws Malformed {
        List<String> hosts = head.values("host");
        if (hosts.size() > 1 || modern && hosts.isEmpty()) {
            throw new Malformed(400, hosts.isEmpty() ? "no Host header" : "more than one Host header");
        }
        if (!connect
                && !hosts.isEmpty()
                && !Target.destination(hosts.get(0), 80).equals(target.destination())) {
            throw new Malformed(400, "a Host header that differs from the request-target");
        }
    }

    /** Whether we answer it ourselves. */
    boolean autoConfig() {
        return target.authority().isEmpty();
    }

    boolean connect() {
        return method.equals("CONNECT");
    }

    /** Whether the client wants its connection kept; never with HTTP/1.0 (RFC 9112 appendix C.2.2). */
    boolean keepAlive() {
        return modern && !options.contains("close") && !"close".equalsIgnoreCase(head.only("proxy-connection"));
    }

    /** Whether the client asks for another protocol. Not HTTP/2, which would take other origins with it. */
    boolean upgrade() {
        String protocol = head.only("upgrade");
        return modern
                && !hasBody()
                && protocol != null
                && options.contains("upgrade")
                && !protocol.equalsIgnoreCase("h2c");
    }

    boolean hasBody() {
        return chunked || length > 0;
    }

    Body body() {
        return chunked ? new ChunkScanner(true) : new Body.Fixed(length);
    }

    /** Whether it may be sent again when a kept connection turns out to be dead (RFC 9110 section 9.2.2). */
    boolean repeatable() {
        return !hasBody() && !upgrade() && IDEMPOTENT.contains(method);
    }

    /** The head as the origin gets it: target in origin-form, Host from the target, nothing meant for us. */
    ByteBuf forOrigin(ByteBufAllocator alloc) {
        StringBuilder out =
                new StringBuilder(head.start().length() + 64 * head.fields().size());
        out.append(method).append(' ').append(target.path()).append(modern ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
        if (!head.has("host")) {
            out.append("Host: ").append(target.authority()).append("\r\n");
        }
        boolean upgrade = upgrade();
        boolean announced = false;
        for (HttpHead.Field field : head.fields()) {
            String name = field.name().toLowerCase(Locale.ROOT);
            if (name.equals("host")) {
                out.append(host(field));
            } else if (upgrade && name.equals("connection")) {
                out.append(announced ? "" : field.name() + ": Upgrade\r\n");
                announced = true;
            } else if (upgrade && name.equals("upgrade") || !HOP.contains(name) && !options.contains(name)) {
                out.append(field.line());
            }
        }
        byte[] bytes = out.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        return alloc.buffer(bytes.length).writeBytes(bytes);
    }

    private String host(HttpHead.Field field) {
        return field.value().equals(target.authority())
                ? field.line()
                : field.name() + ": " + target.authority() + "\r\n";
    }
}
