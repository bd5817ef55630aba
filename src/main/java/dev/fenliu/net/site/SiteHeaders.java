package dev.fenliu.net.site;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Heads of HTTP/2 as HTTP/1.1 and back, as a gateway translates them (RFC 9113 section 8.2 and 8.3). */
final class SiteHeaders {
    private static final String LOGIN = "proxy-authorization";
    private static final String LOGIN_WANTED = "proxy-authenticate";

    /** What belongs to one connection (RFC 9110 section 7.6.1), or is meant for a proxy. */
    private static final Set<String> HOP = Set.of(
            "connection",
            "proxy-connection",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            LOGIN,
            LOGIN_WANTED);

    private SiteHeaders() {}

    /**
     * The request as the site gets it.
     *
     * @param whole whether no body follows
     * @return null when it cannot be one of HTTP/1.1
     */
    static @Nullable HttpRequest request(Http2Headers head, boolean whole) {
        return request(head, connect(head) ? head.authority() : head.path(), whole);
    }

    /** The request as a proxy for {@code http} gets it; null as above. */
    static @Nullable HttpRequest toProxy(Http2Headers head, boolean whole) {
        CharSequence authority = head.authority();
        HttpRequest request = request(head, connect(head) ? authority : "http://" + authority + head.path(), whole);
        CharSequence login = head.get(LOGIN);
        if (request != null && login != null) {
            request.headers().set(LOGIN, login);
        }
        return authority == null ? null : request;
    }

    private static boolean connect(Http2Headers head) {
        return "CONNECT".contentEquals(String.valueOf(head.method()));
    }

    private static @Nullable HttpRequest request(Http2Headers head, @Nullable CharSequence target, boolean whole) {
        CharSequence method = head.method();
        CharSequence authority = head.authority();
        if (method == null || target == null || target.length() == 0) {
            return null;
        }
        try {
            HttpRequest request = new DefaultHttpRequest(
                    HttpVersion.HTTP_1_1, HttpMethod.valueOf(method.toString()), target.toString());
            if (authority != null) {
                request.headers().set(HttpHeaderNames.HOST, authority);
            }
            copy(head, request.headers(), authority != null);
            if (!whole && !connect(head) && !HttpUtil.isContentLengthSet(request)) {
                HttpUtil.setTransferEncodingChunked(request, true);
            }
            request.headers().set(HttpHeaderNames.CONNECTION, "close");
            return request;
        } catch (IllegalArgumentException e) {
            return null; // a character that would mean something else there
        }
    }

    /** The head as it is sent. */
    static String text(HttpRequest request) {
        StringBuilder out = new StringBuilder(256)
                .append(request.method())
                .append(' ')
                .append(request.uri())
                .append(" HTTP/1.1\r\n");
        for (Map.Entry<String, String> field : request.headers()) {
            out.append(field.getKey()).append(": ").append(field.getValue()).append("\r\n");
        }
        return out.append("\r\n").toString();
    }

    private static void copy(Http2Headers from, HttpHeaders to, boolean addressed) {
        StringBuilder cookies = new StringBuilder();
        for (Map.Entry<CharSequence, CharSequence> field : from) {
            String name = field.getKey().toString().toLowerCase(Locale.ROOT);
            if (name.equals("cookie")) {
                cookies.append(cookies.length() == 0 ? "" : "; ").append(field.getValue());
            } else if (!name.startsWith(":") && !HOP.contains(name) && !(addressed && name.equals("host"))) {
                to.add(name, field.getValue());
            }
        }
        if (cookies.length() > 0) {
            to.set(HttpHeaderNames.COOKIE, cookies.toString());
        }
    }

    /** Whether the body of the request goes to the site. */
    static boolean hasBody(HttpRequest request) {
        return HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0;
    }

    /**
     * The answer's head as the client gets it.
     *
     * @param proxy whether a proxy answers, which may ask for a login
     */
    static Http2Headers response(HttpResponse response, boolean proxy) {
        Http2Headers head = new DefaultHttp2Headers(false)
                .status(Integer.toString(response.status().code()));
        for (Map.Entry<String, String> field : response.headers()) {
            String name = field.getKey().toLowerCase(Locale.ROOT);
            if (!HOP.contains(name) || proxy && name.equals(LOGIN_WANTED)) {
                head.add(name, field.getValue());
            }
        }
        return head;
    }
}
