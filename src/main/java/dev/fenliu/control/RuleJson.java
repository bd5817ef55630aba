package dev.fenliu.control;

import com.google.gson.JsonObject;
import dev.fenliu.route.RuleRef;

/** A rule as all that speaks JSON shows it. */
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
}
