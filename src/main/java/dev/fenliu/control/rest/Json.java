package dev.fenliu.control.rest;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import dev.fenliu.engine.FlowView;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Values that may be absent, which is null in JSON. */
final class Json {
    private static final double NANOS_A_TENTH = 1e5;

    private Json() {}

    static JsonElement text(Optional<String> text) {
        return text.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
    }

    /** Milliseconds, to a tenth. */
    static JsonElement millis(long nanos) {
        return nanos == FlowView.Timing.UNKNOWN
                ? JsonNull.INSTANCE
                : new JsonPrimitive(Math.round(nanos / NANOS_A_TENTH) / 10.0);
    }

    static <T> JsonArray list(List<T> items, Function<T, JsonElement> one) {
        JsonArray array = new JsonArray();
        items.forEach(item -> array.add(one.apply(item)));
        return array;
    }
}
