package dev.fenliu.inbound.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The head of an origin's response. What it says about the connection is true for the client's as well. */
record ResponseHead(HttpHead head, int status, boolean modern, Set<String> options) {
    private static final Set<String> HOP =
            Set.of("proxy-connection", "keep-alive", "te", "upgrade", "proxy-authorization", "proxy-authenticate");

    /** What a Connection header may say of the connection itself, beside names of fields. */
    private static final Set<String> PERSISTENCE = Set.of("close", "keep-alive");

    static ResponseHead parse(String text) throws Malformed {
        HttpHead head = HttpHead.parse(text, false);
        String line = head.start();
        boolean modern = line.startsWith("HTTP/1.1 ");
        if (!modern && !line.startsWith("HTTP/1.0 ")) {
            throw new Malformed(502, "a status line of another version");
        }
        boolean shaped = line.length() == 12 || line.length() > 12 && line.charAt(12) == ' ';
        int status = 0;
        for (int i = 9; shaped && i < 12; i++) {
            int digit = line.charAt(i) < 0x80 ? Character.digit(line.charAt(i), 10) : -1;
            status = digit < 0 ? -1000 : status * 10 + digit;
        }
        if (status < 100) {
            throw new Malformed(502, "a status line without a status");
        }
        return new ResponseHead(head, status, modern, head.connection());
    }

    /** Whether another response to the same request follows. */
    boolean interim() {
        return status < 200 && status != 101;
    }

    /** The body of the response to {@code request} (RFC 9112 section 6.3). */
    Body body(RequestHead request) throws Malformed {
        List<String> codings = head.values("transfer-encoding");
        long length = head.contentLength();
        if (!codings.isEmpty()) {
            String all = String.join(",", codings).toLowerCase(Locale.ROOT);
            String last = HttpHead.trim(all.substring(all.lastIndexOf(',') + 1));
            if (length >= 0
                    || !modern
                    || !last.equals("chunked")
                    || all.indexOf("chunked") != all.lastIndexOf("chunked")) {
                throw new Malformed(502, "a body whose end is not certain");
            }
        }
        if (request.method().equals("HEAD") || status < 200 || status == 204 || status == 304) {
            return new Body.Fixed(0);
        }
        if (!codings.isEmpty()) {
            return new ChunkScanner(false);
        }
        return length >= 0 ? new Body.Fixed(length) : new Body.UntilClose();
    }

    /** Whether the origin keeps its connection after this response, if the body ends before it. */
    boolean keepAlive() {
        return !options.contains("close") && (modern || options.contains("keep-alive"));
    }

    /** The head as the client gets it. */
    ByteBuf forClient(ByteBufAllocator alloc) {
        StringBuilder out =
                new StringBuilder(head.start().length() + 64 * head.fields().size());
        out.append(head.start()).append(head.lineEnd());
        boolean plain = status == 101 || options.stream().noneMatch(o -> !PERSISTENCE.contains(o) && head.has(o));
        for (HttpHead.Field field : head.fields()) {
            String name = field.name().toLowerCase(Locale.ROOT);
            if (name.equals("connection")) {
                out.append(plain ? field.line() : "");
            } else if (status == 101 && name.equals("upgrade")
                    || !HOP.contains(name) && !options.contains(name)
                    || name.equals("content-length")
                    || name.equals("transfer-encoding")) {
                out.append(field.line());
            }
        }
        if (!plain && !keepAlive()) {
            out.append("Connection: close").append(head.lineEnd());
        }
        byte[] bytes = out.append(head.lineEnd()).toString().getBytes(StandardCharsets.ISO_8859_1);
        return alloc.buffer(bytes.length).writeBytes(bytes);
    }
}
