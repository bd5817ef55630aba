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
    /** What belongs to one connection (RFC 9110 section 7.6.1), or is meant for a proxy. */
    private static final Set<String> HOP = Set.of(
            "connection",
            "proxy-connection",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "proxy-authorization",
            "proxy-authenticate");

    private SiteHeaders() {}

    /**
     * The request as the site gets it.
     *
     * @param whole whether no body follows
     * @return null when it cannot be one of HTTP/1.1
     */
    static @Nullable HttpRequest request(Http2Headers head, boolean whole) {
        CharSequence method = head.method();
        CharSequence authority = head.authority();
        boolean connect = method != null && "CONNECT".contentEquals(method);
        CharSequence target = connect ? authority : head.path();
        if (method == null || target == null || target.length() == 0) {
            return null;
        }
        try {
            HttpRequest request = new DefaultHttpRequest(
                    HttpVersion.HTTP_1_1, HttpMethod.valueOf(method.toString()), target.toString());
            copy(head, request.headers());
            if (authority != null) {
                request.headers().set(HttpHeaderNames.HOST, authority);
            }
            if (!whole && !connect && !HttpUtil.isContentLengthSet(request)) {
                HttpUtil.setTransferEncodingChunked(request, true);
            }
            request.headers().set(HttpHeaderNames.CONNECTION, "close");
            return request;
        } catch (IllegalArgumentException e) {
            return null; // a character that would mean something else there
        }
    }

    private static void copy(Http2Headers from, HttpHeaders to) {
        StringBuilder cookies = new StringBuilder();
        for (Map.Entry<CharSequence, CharSequence> field : from) {
            String name = field.getKey().toString().toLowerCase(Locale.ROOT);
            if (name.equals("cookie")) {
                cookies.append(cookies.length() == 0 ? "" : "; ").append(field.getValue());
            } else if (!name.startsWith(":") && !HOP.contains(name)) {
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

    /** The answer's head as the client gets it. */
    static Http2Headers response(HttpResponse response) {
        Http2Headers head = new DefaultHttp2Headers(false)
                .status(Integer.toString(response.status().code()));
        for (Map.Entry<String, String> field : response.headers()) {
            String name = field.getKey().toLowerCase(Locale.ROOT);
            if (!HOP.contains(name)) {
                head.add(name, field.getValue());
            }
        }
        return head;
    }
}
