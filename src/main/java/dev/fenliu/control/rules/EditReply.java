package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.config.Problem;
import dev.fenliu.control.ProblemJson;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.edit.Change;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What edits are answered, and what they are asked with. */
final class EditReply {
    /** Does an edit. */
    @FunctionalInterface
    interface Edit {
        Reply make(Call call) throws EditRefused;
    }

    private EditReply() {}

    /** A handler that answers refusals too. */
    static Function<Call, Reply> handler(Edit edit) {
        return call -> {
            try {
                return edit.make(call);
            } catch (EditRefused e) {
                return refusal(e);
            }
        };
    }

    static Reply refusal(EditRefused refused) {
        String message = String.valueOf(refused.getMessage());
        return switch (refused.kind()) {
            case WRONG -> Reply.refusal(HttpResponseStatus.BAD_REQUEST, message);
            case UNWRITABLE, DENIED -> Reply.refusal(HttpResponseStatus.INTERNAL_SERVER_ERROR, message);
            case CONFLICT -> Reply.refusal(HttpResponseStatus.CONFLICT, message);
            case REJECTED -> {
                JsonObject object = new JsonObject();
                object.addProperty("message", message);
                object.add("problems", problems(refused.problems()));
                yield Reply.json(HttpResponseStatus.UNPROCESSABLE_ENTITY, object);
            }
        };
    }

    static JsonArray problems(List<Problem> problems) {
        JsonArray array = new JsonArray();
        problems.forEach(problem -> array.add(ProblemJson.of(problem)));
        return array;
    }

    static JsonObject saved(Editor.Saved saved, long generation) {
        JsonObject object = new JsonObject();
        object.addProperty("version", saved.version());
        object.add(
                "change",
                saved.change()
                        .<JsonElement>map(change -> new JsonPrimitive(change.id()))
                        .orElse(JsonNull.INSTANCE));
        object.addProperty("generation", generation);
        object.add("problems", problems(saved.problems()));
        return object;
    }

    /** How the change is to go back by itself, if it is. */
    static Optional<Change.Pending> pending(JsonObject body, Instant now) {
        Optional<Instant> until = number(body, "confirm-seconds", 1, 86_400).map(now::plusSeconds);
        boolean watched = isSaid(body, "revert-when-worse");
        return until.isPresent() || watched ? Optional.of(new Change.Pending(until, watched)) : Optional.empty();
    }

    static boolean isSaid(JsonObject body, String key) {
        JsonElement value = body.get(key);
        return value != null && value.isJsonPrimitive() && value.getAsBoolean();
    }

    /** The same of a request without a body. */
    static Optional<Change.Pending> pending(Call call, Instant now) {
        JsonObject said = new JsonObject();
        for (String key : List.of("confirm-seconds", "revert-when-worse")) {
            call.parameter(key).ifPresent(value -> said.addProperty(key, value));
        }
        return pending(said, now);
    }

    static Optional<Long> number(JsonObject body, String key, long least, long most) {
        JsonElement value = body.get(key);
        if (value == null || value.isJsonNull()) {
            return Optional.empty();
        }
        try {
            long number = value.isJsonPrimitive() ? value.getAsLong() : least - 1;
            if (number >= least && number <= most) {
                return Optional.of(number);
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new BadRequest(key + ": a whole number, " + least + " to " + most);
    }

    static Optional<String> text(JsonObject body, String key) {
        JsonElement value = body.get(key);
        if (value == null || value.isJsonNull()) {
            return Optional.empty();
        }
        if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
            throw new BadRequest(key + ": a text");
        }
        return Optional.of(value.getAsString());
    }

    static String needed(JsonObject body, String key) {
        return text(body, key).orElseThrow(() -> new BadRequest("\"" + key + "\" is missing"));
    }

    static long number(String text, String what) {
        if (!text.matches("[0-9]{1,15}")) {
            throw new BadRequest(what + ": a whole number");
        }
        return Long.parseLong(text);
    }

    static JsonElement time(Optional<Instant> time) {
        return time.<JsonElement>map(instant -> new JsonPrimitive(instant.toString()))
                .orElse(JsonNull.INSTANCE);
    }
}
