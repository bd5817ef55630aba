package dev.fenliu.control;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a client of the API is answered.
 *
 * @param headers beside those that every answer has
 */
record Reply(HttpResponseStatus status, String type, String body, Map<String, String> headers) {
    private static final Gson GSON =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    static Reply json(JsonElement body) {
        return new Reply(HttpResponseStatus.OK, "application/json", GSON.toJson(body), Map.of());
    }

    /** A refusal; {@code message} says in words why. */
    static Reply refusal(HttpResponseStatus status, String message) {
        return refusal(status, message, Map.of());
    }

    static Reply refusal(HttpResponseStatus status, String message, Map<String, String> headers) {
        JsonObject body = new JsonObject();
        body.addProperty("message", message);
        return new Reply(status, "application/json", GSON.toJson(body), headers);
    }

    /**
     * The answer as a message. Nobody may keep it, frame it, guess its type or embed it in a page of another site.
     *
     * @param last whether the connection ends with it
     */
    FullHttpResponse message(boolean last) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        FullHttpResponse message =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(bytes));
        message.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, type)
                .set(HttpHeaderNames.CONTENT_LENGTH, bytes.length)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'")
                .set("X-Content-Type-Options", "nosniff")
                .set(HttpHeaderNames.X_FRAME_OPTIONS, "DENY")
                .set("Referrer-Policy", "no-referrer")
                .set("Cross-Origin-Resource-Policy", "same-origin");
        headers.forEach((name, value) -> message.headers().set(name, value));
        if (last) {
            message.headers().set(HttpHeaderNames.CONNECTION, "close");
        }
        return message;
    }
}
