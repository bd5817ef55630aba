package dev.fenliu.control;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.fenliu.engine.HeldLists;
import dev.fenliu.engine.ListDiff;
import dev.fenliu.engine.Updates;
import dev.fenliu.model.Reason;
import java.util.List;
import java.util.Optional;

/** What came of the updates of a list that is kept for us elsewhere, as all that speaks JSON shows it. */
public final class UpdatesJson {
    private UpdatesJson() {}

    /** Adds it to what is told of the list. */
    public static void updates(JsonObject list, Updates updates) {
        problem(list, updates.problem());
        list.addProperty("held", updates.held());
        list.add("change", counts(updates.change()));
        list.add("waiting", counts(updates.waiting()));
    }

    static void problem(JsonObject object, Optional<Reason> problem) {
        object.add("problem", StatusJson.text(problem.map(Reason::text)));
        object.add("problem-code", StatusJson.text(problem.map(Reason::code)));
    }

    /** How much came and went, and when; null if nobody can tell. */
    public static JsonElement counts(Optional<ListDiff.Counts> counts) {
        return counts.<JsonElement>map(UpdatesJson::of).orElse(JsonNull.INSTANCE);
    }

    private static JsonObject of(ListDiff.Counts counts) {
        JsonObject object = new JsonObject();
        object.addProperty("time", counts.time().toString());
        object.addProperty("added", counts.added());
        object.addProperty("removed", counts.removed());
        return object;
    }

    static JsonObject of(HeldLists.Diffs diffs) {
        JsonObject object = new JsonObject();
        object.add("change", diffs.change().<JsonElement>map(UpdatesJson::of).orElse(JsonNull.INSTANCE));
        object.add("waiting", diffs.waiting().<JsonElement>map(UpdatesJson::of).orElse(JsonNull.INSTANCE));
        return object;
    }

    /** With the first entries of each side. */
    public static JsonObject of(ListDiff diff) {
        JsonObject object = of(diff.counts());
        object.add("first-added", texts(diff.firstAdded()));
        object.add("first-removed", texts(diff.firstRemoved()));
        return object;
    }

    private static JsonArray texts(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }
}
