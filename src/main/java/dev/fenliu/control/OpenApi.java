package dev.fenliu.control;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The description of the API (OpenAPI 3.1), made of a file for each part of it. */
final class OpenApi {
    /** The first has what is said once; the others add paths and schemas. */
    private static final List<String> PARTS = List.of("api", "counting", "editing");

    private OpenApi() {}

    static Route route() {
        return Route.work(HttpMethod.GET, "/api/v1/openapi.json", Scope.READ, call -> Reply.json(document()));
    }

    static JsonObject document() {
        JsonObject whole = new JsonObject();
        PARTS.forEach(part -> add(read(part), whole));
        return whole;
    }

    private static void add(JsonObject part, JsonObject whole) {
        for (Map.Entry<String, JsonElement> entry : part.entrySet()) {
            if (entry.getValue() instanceof JsonObject inner && whole.get(entry.getKey()) instanceof JsonObject known) {
                add(inner, known);
            } else {
                whole.add(entry.getKey(), entry.getValue());
            }
        }
    }

    private static JsonObject read(String part) {
        try (InputStream in = OpenApi.class.getResourceAsStream("/openapi/" + part + ".json")) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks openapi/" + part + ".json");
            }
            return JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
