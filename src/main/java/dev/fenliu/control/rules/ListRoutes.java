package dev.fenliu.control.rules;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.fenliu.config.Problem;
import dev.fenliu.control.ProblemJson;
import dev.fenliu.control.UpdatesJson;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Page;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.engine.RuleList;
import dev.fenliu.route.RuleSet;
import dev.fenliu.route.list.ListFormatException;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The lists that rules ask. The index of the one that was searched last is kept while there is room. */
public final class ListRoutes {
    private static final String ENTRIES = "/api/v1/rule-sets/{name}/entries";

    private record Kept(RuleSet set, EntryIndex index) {}

    private final Workbench bench;
    private SoftReference<@Nullable Kept> latest = new SoftReference<>(null);

    private ListRoutes(Workbench bench) {
        this.bench = bench;
    }

    /** All about rule-sets. */
    public static List<Route> routes(Workbench bench) {
        ListRoutes routes = new ListRoutes(bench);
        return List.of(
                Route.work(HttpMethod.GET, "/api/v1/rule-sets", Scope.READ, routes::lists),
                Route.work(HttpMethod.GET, ENTRIES, Scope.READ, routes::entries),
                Route.edit(HttpMethod.POST, ENTRIES, Scope.ADMIN, EditReply.handler(routes::add)),
                Route.edit(HttpMethod.DELETE, ENTRIES, Scope.ADMIN, EditReply.handler(routes::remove)));
    }

    private Reply lists(Call call) {
        return Reply.json(call.page().of(bench.inquiry().lists(bench.state()), this::json));
    }

    private JsonObject json(RuleList list) {
        JsonObject object = new JsonObject();
        object.addProperty("name", list.name());
        object.addProperty("kind", list.kind());
        object.addProperty("source", list.source());
        object.addProperty("format", list.format().orElse(null));
        object.addProperty("entries", list.set().map(RuleSet::entries).orElse(null));
        object.add("updated", EditReply.time(list.updated()));
        List<Problem> problems = bench.proxy().overview().warnings().stream()
                .filter(problem -> problem.remark() != null
                        && list.name().equals(problem.remark().about().get("list")))
                .toList();
        UpdatesJson.updates(object, bench.proxy().overview().updates("rule-set " + list.name(), list.updates()));
        Optional<Problem> first = problems.stream().findFirst();
        if (object.get("problem").isJsonNull()) {
            first.ifPresent(problem -> object.addProperty("problem", problem.message()));
        }
        object.add("warning", first.<JsonElement>map(ProblemJson::of).orElse(JsonNull.INSTANCE));
        object.addProperty("bad-lines", list.set().map(RuleSet::skipped).orElse(0));
        return object;
    }

    private Reply entries(Call call) {
        Optional<RuleList> list = bench.inquiry().lists(bench.state()).stream()
                .filter(one -> one.name().equals(call.captured("name")))
                .findFirst();
        if (list.isEmpty()) {
            return Reply.missing();
        }
        Page page = call.page();
        if (list.get().set().isEmpty()) {
            return Reply.json(page.of(0, List.of(), any -> JsonNull.INSTANCE));
        }
        try {
            RuleSet set = list.get().set().get();
            EntryIndex.Found found = index(set).find(call.parameter("search").orElse(""), page);
            return Reply.json(page.of(found.total(), found.part(), entry -> json(entry, set.file())));
        } catch (IOException | ListFormatException e) {
            return Reply.refusal(
                    HttpResponseStatus.INTERNAL_SERVER_ERROR, "the list cannot be read any more: " + e.getMessage());
        }
    }

    /** The lists that can be changed. */
    private OwnLists own() throws EditRefused {
        return new OwnLists(bench.config().file(), bench.inquiry().lists(bench.state()));
    }

    private Reply add(Call call) throws EditRefused {
        JsonObject body = call.json();
        OwnLists.Planned planned = own().add(
                        call.captured("name"),
                        EditReply.needed(body, "text"),
                        EditReply.pending(body, bench.dates().instant()));
        JsonObject answer = EditReply.saved(
                bench.editor().save(planned.edit()), bench.proxy().generation());
        JsonObject place = new JsonObject();
        place.addProperty("file", planned.edit().file().toString());
        place.addProperty("line", planned.line());
        answer.add("entry", place);
        return Reply.json(HttpResponseStatus.CREATED, answer);
    }

    private Reply remove(Call call) throws EditRefused {
        String text = call.parameter("text").orElseThrow(() -> new BadRequest("\"text\" of the entry is missing"));
        OwnLists.Planned planned = own().remove(
                        call.captured("name"),
                        text,
                        EditReply.pending(call, bench.dates().instant()));
        return Reply.json(EditReply.saved(
                bench.editor().save(planned.edit()), bench.proxy().generation()));
    }

    private EntryIndex index(RuleSet set) throws IOException, ListFormatException {
        Kept kept = latest.get();
        if (kept == null || kept.set != set) {
            kept = new Kept(set, EntryIndex.of(set));
            latest = new SoftReference<>(kept);
        }
        return kept.index;
    }

    private static JsonElement json(EntryIndex.Entry entry, String file) {
        JsonObject object = new JsonObject();
        object.addProperty("text", entry.text());
        object.addProperty("file", file);
        object.addProperty("line", entry.line());
        return object;
    }
}
