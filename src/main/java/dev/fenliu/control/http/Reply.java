package dev.fenliu.control.http;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What a client of the API is answered. Immutable. */
public final class Reply {
    static final String JSON = "application/json";

    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    private final HttpResponseStatus status;
    private final String type;
    private final byte[] body;
    /** Beside those that every answer has. */
    private final Map<String, String> headers;

    private Reply(HttpResponseStatus status, String type, byte[] body, Map<String, String> headers) {
        this.status = status;
        this.type = type;
        this.body = body;
        this.headers = headers;
    }

    /** What there is to say as soon as something is known; completes on {@code loop}. Where that fails, so does the answer. */
    public static <T> Future<Reply> when(Future<T> known, EventLoop loop, Function<T, Reply> saying) {
        Promise<Reply> reply = loop.newPromise();
        known.addListener((Future<T> done) -> {
            try {
                if (done.isSuccess()) {
                    reply.setSuccess(saying.apply(done.getNow()));
                } else {
                    reply.setFailure(done.cause());
                }
            } catch (RuntimeException e) { // a BadRequest, for one
                reply.setFailure(e);
            }
        });
        return reply;
    }

    /** Bytes, which nobody may change any more. */
    public static Reply of(HttpResponseStatus status, String type, byte[] body) {
        return new Reply(status, type, body, Map.of());
    }

    /** Text. */
    public static Reply of(HttpResponseStatus status, String type, String body) {
        return of(status, type, body.getBytes(StandardCharsets.UTF_8));
    }

    /** 200. */
    public static Reply json(JsonElement body) {
        return json(HttpResponseStatus.OK, body);
    }

    public static Reply json(HttpResponseStatus status, JsonElement body) {
        return of(status, JSON, text(body));
    }

    /** 204. */
    public static Reply empty() {
        return of(HttpResponseStatus.NO_CONTENT, "", "");
    }

    /** A refusal; {@code message} says in words why. */
    public static Reply refusal(HttpResponseStatus status, String message) {
        JsonObject body = new JsonObject();
        body.addProperty("message", message);
        return json(status, body);
    }

    /** There is no such thing. */
    public static Reply missing() {
        return refusal(HttpResponseStatus.NOT_FOUND, "there is nothing here");
    }

    /** The same with a header, instead of what every answer says under that name. */
    public Reply with(CharSequence name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name.toString(), value);
        return new Reply(status, type, body, more);
    }

    public HttpResponseStatus status() {
        return status;
    }

    /** The content type; empty without content. */
    public String type() {
        return type;
    }

    /** The content as text. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** The content of one that is JSON. */
    public JsonElement json() {
        return JsonParser.parseString(text());
    }

    /** A header beside those that every answer has. */
    public Optional<String> header(CharSequence name) {
        return Optional.ofNullable(headers.get(name.toString()));
    }

    static String text(JsonElement json) {
        return GSON.toJson(json);
    }

    /**
     * The answer as a message.
     *
     * @param last whether the connection ends with it
     */
    FullHttpResponse message(boolean last) {
        FullHttpResponse message =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        secure(message.headers());
        if (!status.equals(HttpResponseStatus.NO_CONTENT) && !status.equals(HttpResponseStatus.NOT_MODIFIED)) {
            message.headers().set(HttpHeaderNames.CONTENT_TYPE, type).set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
        headers.forEach((name, value) -> message.headers().set(name, value));
        if (last) {
            message.headers().set(HttpHeaderNames.CONNECTION, "close");
        }
        return message;
    }

    /** Nobody may keep an answer, frame it, guess its type or embed it in a page of another site. */
    static void secure(HttpHeaders headers) {
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'")
                .set("X-Content-Type-Options", "nosniff")
                .set(HttpHeaderNames.X_FRAME_OPTIONS, "DENY")
                .set("Referrer-Policy", "no-referrer")
                .set("Cross-Origin-Resource-Policy", "same-origin");
    }
}
