package dev.fenliu.control;

import com.google.gson.JsonObject;
import dev.fenliu.route.ListEntry;
import dev.fenliu.route.RuleRef;

/** A rule and what stands behind it, as all that speaks JSON shows them. */
public final class RuleJson {
    private RuleJson() {}

    /** Where the rule is, counted from 0 and in its file, and its text. */
    public static JsonObject of(RuleRef rule) {
        JsonObject object = new JsonObject();
        object.addProperty("index", rule.index());
        object.addProperty("file", rule.position().file());
        object.addProperty("line", rule.position().line());
        object.addProperty("column", rule.position().column());
        object.addProperty("text", rule.text());
        return object;
    }

    /** The entry of a list by which a rule holds: its file, its line from 1 or 0 where there is none, and its text. */
    public static JsonObject of(ListEntry entry) {
        JsonObject object = new JsonObject();
        object.addProperty("file", entry.file());
        object.addProperty("line", entry.line());
        object.addProperty("text", entry.text());
        return object;
    }
}
