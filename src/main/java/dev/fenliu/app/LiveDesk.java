package dev.fenliu.app;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The running program's. */
final class LiveDesk implements Desk {
    private static final String RULES = "/api/v1/rules";
    private static final String FILES = "/api/v1/files";
    private static final String CHANGES = "/api/v1/changes";
    private static final int PAGE = 1000;

    private final ApiClient api;
    private final Reversal reversal;

    LiveDesk(ApiClient api, Reversal reversal) {
        this.api = api;
        this.reversal = reversal;
    }

    private static Done done(String what, JsonObject answer) {
        boolean changed = answer.get("change").isJsonPrimitive();
        List<String> problems = new ArrayList<>();
        boolean bad = false;
        for (JsonElement one : answer.getAsJsonArray("problems")) {
            problems.add(ApiClient.problem(one.getAsJsonObject()));
            bad |= one.getAsJsonObject().get("severity").getAsString().equals("error");
        }
        return new Done(
                what + (bad ? "; not in force, as there are errors" : ", in force now"),
                changed ? Optional.of(answer.get("change").getAsLong()) : Optional.empty(),
                problems);
    }

    private static String place(JsonObject at) {
        return at.get("file").getAsString() + ":" + at.get("line").getAsInt();
    }

    @Override
    public List<JsonObject> rules(String search) throws Stop, InterruptedException {
        List<JsonObject> all = new ArrayList<>();
        JsonObject page;
        do {
            page = api.get(RULES + "?limit=" + PAGE + "&offset=" + all.size() + "&search=" + ApiClient.escaped(search));
            page.getAsJsonArray("items").forEach(item -> all.add(item.getAsJsonObject()));
        } while (!page.getAsJsonArray("items").isEmpty()
                && all.size() < page.get("total").getAsInt());
        return all;
    }

    @Override
    public Done add(Wanted wanted) throws Stop, InterruptedException {
        JsonObject body = reversal.into(new JsonObject());
        body.addProperty("rule", wanted.what());
        body.addProperty("to", wanted.target().orElse(null));
        body.addProperty("until", wanted.until().map(Object::toString).orElse(null));
        body.addProperty("where", wanted.last() ? "last" : "first");
        JsonObject answer = api.send("POST", RULES, body.toString());
        JsonObject rule = answer.getAsJsonObject("rule");
        return done(place(rule) + ": " + rule.get("text").getAsString(), answer);
    }

    @Override
    public Done remove(int index, String text) throws Stop, InterruptedException {
        return done(
                "taken out: " + text,
                api.send("DELETE", RULES + "/" + index + "?text=" + ApiClient.escaped(text) + reversal.query(), ""));
    }

    private static String entries(String list) {
        return "/api/v1/rule-sets/" + ApiClient.escaped(list) + "/entries";
    }

    @Override
    public Done add(String list, String what) throws Stop, InterruptedException {
        JsonObject body = reversal.into(new JsonObject());
        body.addProperty("text", what);
        JsonObject answer = api.send("POST", entries(list), body.toString());
        return done(place(answer.getAsJsonObject("entry")) + ": " + what, answer);
    }

    @Override
    public Done remove(String list, String what) throws Stop, InterruptedException {
        return done(
                "taken out of " + list + ": " + what,
                api.send("DELETE", entries(list) + "?text=" + ApiClient.escaped(what) + reversal.query(), ""));
    }

    @Override
    public Text config() throws Stop, InterruptedException {
        for (JsonElement file : api.get(FILES).getAsJsonArray("items")) {
            if (file.getAsJsonObject().get("kind").getAsString().equals("config")) {
                JsonObject text =
                        api.get(FILES + "/" + file.getAsJsonObject().get("id").getAsString());
                return new Text(
                        text.get("path").getAsString(),
                        text.get("text").getAsString(),
                        text.get("id").getAsString() + " " + text.get("version").getAsString());
            }
        }
        throw new Stop(ExitCode.FAILED, "the running program has no config yet; `fenliu rule add` makes one");
    }

    @Override
    public Done write(Text old, String text, String summary, boolean mends) throws Stop, InterruptedException {
        String[] key = old.version().split(" ", 2);
        JsonObject body = reversal.into(new JsonObject());
        body.addProperty("text", text);
        body.addProperty("version", key[1]);
        body.addProperty("summary", summary);
        body.addProperty("mend", mends);
        return done(summary + ": " + old.file(), api.send("PUT", FILES + "/" + key[0], body.toString()));
    }

    @Override
    public List<Made> changes() throws Stop, InterruptedException {
        List<Made> changes = new ArrayList<>();
        for (JsonElement one : all()) {
            JsonObject change = one.getAsJsonObject();
            changes.add(new Made(
                    change.get("id").getAsLong(),
                    change.get("time").getAsString(),
                    change.get("file").getAsString(),
                    change.get("summary").getAsString(),
                    change.get("pending").isJsonObject()));
        }
        return changes;
    }

    private JsonArray all() throws Stop, InterruptedException {
        return api.get(CHANGES).getAsJsonArray("items");
    }

    @Override
    public Optional<String> diff(long change) throws Stop, InterruptedException {
        for (JsonElement one : all()) {
            if (one.getAsJsonObject().get("id").getAsLong() == change) {
                return Optional.of(one.getAsJsonObject().get("diff").getAsString());
            }
        }
        return Optional.empty();
    }

    @Override
    public Done undo(long change) throws Stop, InterruptedException {
        String query = reversal.query();
        return done(
                "change " + change + " is undone",
                api.send("POST", CHANGES + "/" + change + "/undo" + query.replaceFirst("^&", "?"), "{}"));
    }

    @Override
    public void confirm(long change) throws Stop, InterruptedException {
        api.send("POST", CHANGES + "/" + change + "/confirm", "{}");
    }

    @Override
    public void close() {
        // nothing is open
    }
}
