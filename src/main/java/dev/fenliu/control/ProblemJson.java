package dev.fenliu.control;

import com.google.gson.JsonObject;
import dev.fenliu.config.Excerpt;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Remark;
import java.util.Locale;
import java.util.Optional;

/** A problem of a config as all that speaks JSON shows it. */
public final class ProblemJson {
    private ProblemJson() {}

    /** Where it is, what it is, in words and as data, and what to do about it. */
    public static JsonObject of(Problem problem) {
        JsonObject object = new JsonObject();
        object.addProperty("severity", problem.severity().name().toLowerCase(Locale.ROOT));
        object.addProperty("file", problem.position().file());
        object.addProperty("line", problem.position().line());
        object.addProperty("column", problem.position().column());
        object.addProperty("message", problem.message());
        object.add("hint", StatusJson.text(Optional.ofNullable(problem.hint())));
        object.add(
                "excerpt",
                StatusJson.text(Optional.ofNullable(problem.excerpt()).map(Excerpt::text)));
        Optional<Remark> remark = Optional.ofNullable(problem.remark());
        object.add("code", StatusJson.text(remark.map(Remark::code)));
        JsonObject about = new JsonObject();
        remark.ifPresent(told -> told.about().forEach(about::addProperty));
        object.add("about", about);
        return object;
    }
}
