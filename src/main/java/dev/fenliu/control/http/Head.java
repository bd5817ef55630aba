package dev.fenliu.control.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What can be said of a request by its head alone. */
final class Head {
    /** Bytes that a body may have. */
    static final int MAX_BODY = 1 << 20;

    private static final int MAX_FIELDS = 100;
    private static final Set<HttpMethod> BODILESS = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");
    private static final String VERSION = "13";

    private Head() {}

    static boolean hasContent(HttpHeaders headers) {
        return headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                        && !headers.get(HttpHeaderNames.CONTENT_LENGTH, "").equals("0");
    }

    /** What no server should take, and Netty does; null when there is nothing. */
    static @Nullable Reply malformed(HttpRequest head) {
        if (head.decoderResult().isFailure()) {
            Throwable why = head.decoderResult().cause();
            return why instanceof TooLongHttpLineException
                    ? Reply.refusal(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the first line is too long")
                    : why instanceof TooLongHttpHeaderException ? tooLarge() : badRequest("this is no HTTP request");
        }
        if (head.headers().size() > MAX_FIELDS) {
            return tooLarge();
        }
        if (head.headers().getAll(HttpHeaderNames.HOST).size() != 1) {
            return badRequest("a request has one Host header");
        }
        HttpVersion version = head.protocolVersion();
        return version.equals(HttpVersion.HTTP_1_1) || version.equals(HttpVersion.HTTP_1_0)
                ? null
                : Reply.refusal(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "this is HTTP/1.1");
    }

    private static Reply tooLarge() {
        return Reply.refusal(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large");
    }

    static Reply badRequest(String why) {
        return Reply.refusal(HttpResponseStatus.BAD_REQUEST, why);
    }

    static Reply tooMuch() {
        return Reply.refusal(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "no more than 1 MiB of content is taken");
    }

    /**
     * Why the content is not taken; null when it is, or there is none. Pages of others can send text and forms without
     * asking, so only what they cannot send is taken for JSON.
     */
    static @Nullable Reply content(HttpRequest head, Route route) {
        if (!hasContent(head.headers())) {
            return null;
        }
        if (BODILESS.contains(head.method())) {
            return Reply.refusal(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "no content is taken here");
        }
        if (HttpUtil.getContentLength(head, -1L) > MAX_BODY) {
            return tooMuch();
        }
        if (head.headers().contains(HttpHeaderNames.CONTENT_ENCODING)) {
            return Reply.refusal(HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, "the content is to come as it is");
        }
        String type = head.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        int end = type.indexOf(';');
        String plain = (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        return route.isLenient()
                        || plain.equals(Reply.JSON)
                                && head.headers()
                                                .getAll(HttpHeaderNames.CONTENT_TYPE)
                                                .size()
                                        == 1
                ? null
                : Reply.refusal(HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type: " + Reply.JSON);
    }

    /** Whether a WebSocket is wanted (RFC 6455 section 4.2.1). */
    static boolean upgrades(HttpRequest head) {
        return head.headers().containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
                && head.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true);
    }

    /** Why there will be no WebSocket; null when there will. */
    static @Nullable Reply unfit(HttpRequest upgrade) {
        HttpHeaders headers = upgrade.headers();
        if (!upgrade.method().equals(HttpMethod.GET)
                || !upgrade.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return badRequest("a WebSocket begins with a GET of HTTP/1.1");
        }
        if (!headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "").equals(VERSION)) {
            return Reply.refusal(HttpResponseStatus.UPGRADE_REQUIRED, "this is version 13 of the WebSocket protocol")
                    .with(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
        }
        return KEY.matcher(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY, "")).matches()
                ? null
                : badRequest("a WebSocket begins with a key of 16 bytes");
    }

    /** Whether the client waits for a word before it sends the content. */
    static boolean waits(HttpRequest head) {
        return HttpUtil.is100ContinueExpected(head);
    }
}
