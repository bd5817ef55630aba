package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.fenliu.config.Problem;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.edit.Change;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.RuleList;
import dev.fenliu.route.RuleTest;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The config, the lists that lie beside it, and the changes that were made. A file is known by a hash of its path, so that no
 * request names a file: what the config does not name cannot be reached.
 */
public final class FileRoutes {
    private static final String PATH = "/api/v1/files";
    private static final String CHANGES = "/api/v1/changes";

    private record Known(String id, Path path, String kind) {}

    private final Workbench bench;

    private FileRoutes(Workbench bench) {
        this.bench = bench;
    }

    /** All about files and changes. */
    public static List<Route> routes(Workbench bench) {
        FileRoutes routes = new FileRoutes(bench);
        return List.of(
                Route.work(
                        HttpMethod.GET,
                        PATH,
                        Scope.READ,
                        call -> Reply.json(call.page().of(routes.known(), FileRoutes::json))),
                Route.work(HttpMethod.GET, PATH + "/{id}", Scope.ADMIN, EditReply.handler(routes::read)),
                Route.edit(HttpMethod.POST, PATH + "/{id}/check", Scope.ADMIN, routes::check),
                Route.edit(HttpMethod.PUT, PATH + "/{id}", Scope.ADMIN, EditReply.handler(routes::write)),
                Route.work(
                        HttpMethod.GET,
                        CHANGES,
                        Scope.ADMIN,
                        call -> Reply.json(call.page().of(bench.editor().changes(), routes::json))),
                Route.edit(HttpMethod.POST, CHANGES + "/{id}/confirm", Scope.ADMIN, EditReply.handler(routes::confirm)),
                Route.edit(HttpMethod.POST, CHANGES + "/{id}/undo", Scope.ADMIN, EditReply.handler(routes::undo)));
    }

    private List<Known> known() {
        Inquiry inquiry = bench.inquiry();
        List<Known> known = new ArrayList<>();
        inquiry.config().file().ifPresent(file -> known.add(new Known(id(file), file, "config")));
        for (RuleList list : inquiry.lists(bench.state())) {
            list.file()
                    .filter(file -> known.stream().noneMatch(one -> one.path.equals(file)))
                    .ifPresent(file -> known.add(new Known(id(file), file, "rule-set")));
        }
        return known;
    }

    private static String id(Path path) {
        return Editor.version(path.toAbsolutePath().normalize().toString());
    }

    private Optional<Known> find(Call call) {
        return known().stream()
                .filter(one -> one.id.equals(call.captured("id")))
                .findFirst();
    }

    private static JsonObject json(Known file) {
        JsonObject object = new JsonObject();
        object.addProperty("id", file.id);
        object.addProperty("path", file.path.toString());
        object.addProperty("kind", file.kind);
        object.addProperty("writable", Files.isWritable(file.path) && Files.isWritable(folder(file.path)));
        try {
            object.addProperty("size", Files.size(file.path));
            object.addProperty("version", Editor.version(Editor.read(file.path)));
        } catch (IOException | EditRefused e) {
            object.add("size", JsonNull.INSTANCE);
            object.add("version", JsonNull.INSTANCE); // gone, or no text
        }
        return object;
    }

    private static Path folder(Path file) {
        try {
            Path folder = file.toRealPath().getParent();
            return folder == null ? file : folder;
        } catch (IOException e) {
            return file;
        }
    }

    private Reply read(Call call) throws EditRefused {
        Optional<Known> file = find(call);
        if (file.isEmpty()) {
            return Reply.missing();
        }
        String text = Editor.read(file.get().path);
        JsonObject object = new JsonObject();
        object.addProperty("id", file.get().id);
        object.addProperty("path", file.get().path.toString());
        object.addProperty("text", text);
        object.addProperty("version", Editor.version(text));
        return Reply.json(object);
    }

    private Reply check(Call call) {
        String text = EditReply.needed(call.json(), "text");
        Optional<Known> file = find(call);
        if (file.isEmpty()) {
            return Reply.missing();
        }
        try (Drafts.Draft draft = bench.drafts().draft(file.get().path, text)) {
            JsonObject object = new JsonObject();
            object.addProperty("ok", draft.good());
            object.add("problems", EditReply.problems(draft.problems()));
            object.add("tests", tests(draft));
            Inquiry would = draft.inquiry();
            object.add(
                    "moves",
                    would == null
                            ? new JsonArray()
                            : new Moves(bench.inquiry()::path, would::path)
                                    .of(bench.seen().get()));
            return Reply.json(object);
        }
    }

    private static JsonArray tests(Drafts.Draft draft) {
        JsonArray tests = new JsonArray();
        List<RuleTest> all = draft.config() == null ? List.of() : draft.config().ruleTests();
        for (RuleTest test : all) {
            String failure = draft.problems().stream()
                    .filter(problem -> problem.position().equals(test.node().position())
                            && problem.severity() == Problem.Severity.ERROR)
                    .map(problem -> problem.message() + (problem.hint() == null ? "" : "; " + problem.hint()))
                    .collect(Collectors.joining("; "));
            JsonObject object = new JsonObject();
            object.addProperty(
                    "text", test.flow().destination() + " " + test.flow().transport() + " to " + test.to());
            object.addProperty("ok", failure.isEmpty());
            object.addProperty("message", failure.isEmpty() ? null : failure);
            tests.add(object);
        }
        return tests;
    }

    private Reply write(Call call) throws EditRefused {
        JsonObject body = call.json();
        String text = EditReply.needed(body, "text");
        String version = EditReply.needed(body, "version");
        Optional<Known> file = find(call);
        if (file.isEmpty()) {
            return Reply.missing();
        }
        Editor.Edit edit = new Editor.Edit(
                file.get().path,
                Optional.of(version),
                text,
                EditReply.text(body, "summary").orElse("edited"),
                EditReply.pending(body, bench.dates().instant()));
        Editor.Saved saved = EditReply.isSaid(body, "mend")
                ? bench.editor().mend(edit)
                : bench.editor().save(edit);
        return Reply.json(EditReply.saved(saved, bench.proxy().generation()));
    }

    private JsonObject json(Change change) {
        JsonObject object = new JsonObject();
        object.addProperty("id", change.id());
        object.addProperty("time", change.time().toString());
        object.addProperty("file", change.file().toString());
        object.addProperty("summary", change.summary());
        object.addProperty("diff", bench.editor().diff(change.id()));
        object.add(
                "pending",
                change.pending().<JsonElement>map(FileRoutes::pending).orElse(JsonNull.INSTANCE));
        return object;
    }

    private static JsonObject pending(Change.Pending pending) {
        JsonObject object = new JsonObject();
        object.add("until", EditReply.time(pending.until()));
        object.addProperty("revert-when-worse", pending.revertWhenWorse());
        return object;
    }

    private Reply confirm(Call call) throws EditRefused {
        return Reply.json(json(bench.editor().confirm(EditReply.number(call.captured("id"), "id"))));
    }

    private Reply undo(Call call) throws EditRefused {
        Editor.Saved saved = bench.editor()
                .undo(
                        EditReply.number(call.captured("id"), "id"),
                        EditReply.pending(call, bench.dates().instant()));
        return Reply.json(EditReply.saved(saved, bench.proxy().generation()));
    }
}
