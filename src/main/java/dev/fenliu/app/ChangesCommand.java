package dev.fenliu.app;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.edit.Change;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code fenliu changes}: what was changed, and how. */
@Command(
        name = "changes",
        description = "List the last 20 changes of the config and its lists, the latest first; or show one.",
        mixinStandardHelpOptions = true)
final class ChangesCommand implements Callable<Integer> {
    private static final String PATH = "/api/v1/changes";

    @Mixin
    private final Edited edited = new Edited();

    @Parameters(arity = "0..1", paramLabel = "NUMBER", description = "The one to show, as `diff -u` does.")
    private @Nullable Long number;

    @Override
    public Integer call() throws Exception {
        boolean shown = edited.isLive() ? live() : edited.offline((editor, file) -> offline(editor));
        if (number != null && !shown) {
            throw new Stop(ExitCode.USAGE, "there is no change " + number);
        }
        return ExitCode.OK;
    }

    private boolean live() throws Stop, InterruptedException {
        JsonArray items = edited.api().get(PATH).getAsJsonArray("items");
        for (JsonElement item : items) {
            JsonObject change = item.getAsJsonObject();
            long id = change.get("id").getAsLong();
            if (number != null && number == id) {
                System.out.print(change.get("diff").getAsString());
                return true;
            }
            if (number == null) {
                print(id, change.get("time").getAsString(), change.get("file").getAsString(), summary(change));
            }
        }
        return false;
    }

    private static String summary(JsonObject change) {
        return change.get("summary").getAsString()
                + (change.get("pending").isJsonObject() ? "; goes back unless it is confirmed or does well" : "");
    }

    private boolean offline(Editor editor) {
        for (Change change : editor.changes()) {
            if (number != null && number == change.id()) {
                System.out.print(editor.diff(change.id()));
                return true;
            }
            if (number == null) {
                print(change.id(), change.time().toString(), change.file().toString(), change.summary());
            }
        }
        return false;
    }

    private static void print(long id, String time, String file, String summary) {
        System.out.println(id + "  " + time + "  " + file + "  " + summary);
    }

    /** {@code fenliu undo}. */
    @Command(
            name = "undo",
            description = "Take a change back, the latest if none is named. An undo can be undone.",
            mixinStandardHelpOptions = true)
    static final class Undo implements Callable<Integer> {
        @Mixin
        private final Edited edited = new Edited();

        @Parameters(arity = "0..1", paramLabel = "NUMBER", description = "As `fenliu changes` lists it.")
        private @Nullable Long number;

        @Override
        public Integer call() throws Exception {
            if (edited.isLive()) {
                long id = number == null ? latest(edited.api()) : number;
                edited.tell("change " + id + " is undone", edited.api().send("POST", PATH + "/" + id + "/undo", "{}"));
                return ExitCode.OK;
            }
            return edited.offline((editor, file) -> {
                long id = number == null ? lastOf(editor) : number;
                Edited.tell("change " + id + " is undone", editor.undo(id), file);
                return ExitCode.OK;
            });
        }

        private static long lastOf(Editor editor) throws EditRefused {
            List<Change> all = editor.changes();
            if (all.isEmpty()) {
                throw EditRefused.wrong("nothing was changed yet");
            }
            return all.get(0).id();
        }
    }

    private static long latest(ApiClient api) throws Stop, InterruptedException {
        JsonArray items = api.get(PATH + "?limit=1").getAsJsonArray("items");
        if (items.isEmpty()) {
            throw new Stop(ExitCode.USAGE, "nothing was changed yet");
        }
        return items.get(0).getAsJsonObject().get("id").getAsLong();
    }

    /** {@code fenliu confirm}. */
    @Command(
            name = "confirm",
            description = "Let a change stay that would go back by itself, the latest if none is named.",
            mixinStandardHelpOptions = true)
    static final class Confirm implements Callable<Integer> {
        @Mixin
        private final ApiClient api = new ApiClient();

        @Parameters(arity = "0..1", paramLabel = "NUMBER", description = "As `fenliu changes` lists it.")
        private @Nullable Long number;

        @Override
        public Integer call() throws Exception {
            long id = number == null ? latest(api) : number;
            api.send("POST", PATH + "/" + id + "/confirm", "{}");
            System.err.println("change " + id + " stays");
            return ExitCode.OK;
        }
    }
}
