package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Type;
import dev.fenliu.control.ProblemJson;
import dev.fenliu.control.RuleJson;
import dev.fenliu.control.UpdatesJson;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Page;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import dev.fenliu.edit.RuleEdit;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.RuleList;
import dev.fenliu.route.Condition;
import dev.fenliu.route.Rule;
import dev.fenliu.route.RuleKeys;
import dev.fenliu.route.RuleRef;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The rules: looked at, searched, added and taken out. */
public final class RuleRoutes {
    private static final String PATH = "/api/v1/rules";

    private static final String NAMED = "the rule at ";

    /** What lint found, by the place of the rule that it is about; and rules by their place. */
    private record Findings(Map<String, List<Problem>> lint, Map<String, RuleRef> places) {}

    private final Workbench bench;

    private RuleRoutes(Workbench bench) {
        this.bench = bench;
    }

    /** All about rules. */
    public static List<Route> routes(Workbench bench) {
        RuleRoutes routes = new RuleRoutes(bench);
        return List.of(
                Route.work(HttpMethod.GET, PATH, Scope.READ, routes::list),
                Route.edit(HttpMethod.POST, PATH, Scope.ADMIN, EditReply.handler(routes::add)),
                Route.edit(HttpMethod.DELETE, PATH + "/{index}", Scope.ADMIN, EditReply.handler(routes::remove)));
    }

    private Reply list(Call call) {
        Inquiry inquiry = bench.inquiry();
        String search = call.parameter("search").orElse("").toLowerCase(Locale.ROOT);
        Page page = call.page();
        List<Rule> part = new ArrayList<>();
        int total = 0;
        for (Rule rule : inquiry.router().rules()) {
            if (search.isEmpty()
                    || rule.ref().text().toLowerCase(Locale.ROOT).contains(search)
                    || rule.target().toLowerCase(Locale.ROOT).contains(search)) {
                if (total >= page.offset() && part.size() < page.limit()) {
                    part.add(rule);
                }
                total++;
            }
        }
        Map<String, RuleList> lists = new HashMap<>();
        inquiry.lists(bench.state()).forEach(list -> lists.put(list.name(), list));
        Map<String, List<Problem>> lint = new HashMap<>();
        for (Problem problem : bench.proxy().overview().warnings()) {
            lint.computeIfAbsent(problem.position().toString(), any -> new ArrayList<>())
                    .add(problem);
        }
        Map<String, RuleRef> places = new HashMap<>();
        inquiry.router().rules().forEach(rule -> places.putIfAbsent(rule.ref().place(), rule.ref()));
        Findings found = new Findings(lint, places);
        return Reply.json(page.of(total, part, rule -> json(rule, lists, found)));
    }

    private JsonObject json(Rule rule, Map<String, RuleList> lists, Findings found) {
        Hit hit = bench.hits().apply(rule.ref());
        Optional<RuleList> list = set(rule.condition()).map(lists::get);
        JsonObject object = new JsonObject();
        object.add("rule", RuleJson.of(rule.ref()));
        object.addProperty("to", rule.target());
        object.addProperty("hits", hit.count());
        object.add("last-hit", EditReply.time(hit.last()));
        object.addProperty(
                "age",
                list.flatMap(RuleList::updated)
                        .map(updated -> Duration.between(updated, bench.dates().instant())
                                .toSeconds())
                        .orElse(null));
        object.add("list", list.<JsonElement>map(RuleRoutes::list).orElse(JsonNull.INSTANCE));
        JsonArray findings = new JsonArray();
        found.lint
                .getOrDefault(rule.ref().position().toString(), List.of())
                .forEach(problem -> findings.add(lint(problem, found.places)));
        object.add("lint", findings);
        object.add("until", EditReply.time(rule.until()));
        object.addProperty("source", "config");
        return object;
    }

    private static JsonObject list(RuleList list) {
        JsonObject object = new JsonObject();
        object.addProperty("name", list.name());
        object.addProperty("entries", list.set().map(set -> set.entries()).orElse(null));
        object.add("updated", EditReply.time(list.updated()));
        object.add("change", UpdatesJson.counts(list.updates().change()));
        object.add("waiting", UpdatesJson.counts(list.updates().waiting()));
        return object;
    }

    private static JsonObject lint(Problem problem, Map<String, RuleRef> places) {
        String message = problem.message();
        Optional<RuleRef> other = other(message, places);
        String hint = problem.hint();
        boolean told =
                hint == null || other.filter(rule -> rule.text().equals(hint)).isPresent();
        JsonObject object = ProblemJson.of(problem);
        object.addProperty("hint", told ? null : hint);
        object.add("other", other.<JsonElement>map(RuleJson::of).orElse(JsonNull.INSTANCE));
        return object;
    }

    /** The rule that a finding names by its place, behind which a blank follows, or nothing. */
    static Optional<RuleRef> other(String message, Map<String, RuleRef> places) {
        int at = message.indexOf(NAMED);
        if (at < 0) {
            return Optional.empty();
        }
        String place = message.substring(at + NAMED.length());
        while (!places.containsKey(place) && place.contains(" ")) {
            place = place.substring(0, place.lastIndexOf(' '));
        }
        return Optional.ofNullable(places.get(place));
    }

    /** The first list that a condition asks. */
    private static Optional<String> set(Condition condition) {
        if (condition instanceof Condition.InSet in) {
            return in.sets().stream().findFirst();
        }
        List<Condition> parts = condition instanceof Condition.All all
                ? all.parts()
                : condition instanceof Condition.Any any ? any.parts() : List.of();
        return parts.stream().flatMap(part -> set(part).stream()).findFirst();
    }

    private Reply add(Call call) throws EditRefused {
        JsonObject body = call.json();
        Optional<String> host = EditReply.text(body, "host");
        String what = host.isPresent() ? host.get() : EditReply.needed(body, "rule");
        String where = EditReply.text(body, "where").orElse("first");
        if (!where.equals("first") && !where.equals("last")) {
            throw new BadRequest("where: first or last");
        }
        Workbench.Made config = bench.config();
        String rule = RuleEdit.rule(RuleEdit.said(config.text(), what), EditReply.text(body, "to"), until(body));
        RuleEdit.Placed placed = RuleEdit.add(config.text(), rule, where.equals("last"));
        Editor.Saved saved = bench.save(
                config,
                placed.text(),
                RuleEdit.ADDED + rule,
                EditReply.pending(body, bench.dates().instant()));
        JsonObject answer = EditReply.saved(saved, bench.proxy().generation());
        answer.add(
                "rule",
                RuleJson.of(bench.inquiry().router().rules().get(placed.index()).ref()));
        return Reply.json(HttpResponseStatus.CREATED, answer);
    }

    private Optional<Instant> until(JsonObject body) {
        try {
            Optional<Instant> until = EditReply.text(body, "until").map(RuleKeys::time);
            Optional<Instant> end = EditReply.text(body, "for")
                    .map(Type::duration)
                    .map(time -> bench.dates().instant().plus(time).truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
            if (until.isPresent() && end.isPresent()) {
                throw new BadRequest("until, or for: not both");
            }
            return until.or(() -> end);
        } catch (IllegalArgumentException e) {
            throw new BadRequest(String.valueOf(e.getMessage()));
        }
    }

    private Reply remove(Call call) throws EditRefused {
        int index = (int) EditReply.number(call.captured("index"), "index");
        String text = call.parameter("text").orElseThrow(() -> new BadRequest("\"text\" of the rule is missing"));
        Workbench.Made config = bench.config();
        List<Rule> rules = bench.inquiry().router().rules();
        boolean same = index < rules.size() && rules.get(index).ref().text().equals(text);
        if (!same || !isAsRead(config.text())) {
            return Reply.refusal(
                    HttpResponseStatus.CONFLICT,
                    "rule " + index + " is another one now; look at the rules again, or reload the config first");
        }
        Editor.Saved saved = bench.save(
                config,
                RuleEdit.remove(config.text(), index),
                "rule taken out: " + text,
                EditReply.pending(call, bench.dates().instant()));
        return Reply.json(EditReply.saved(saved, bench.proxy().generation()));
    }

    /** Whether the config's rules are those in force. */
    private boolean isAsRead(String text) throws EditRefused {
        return texts(RuleEdit.rules("config", text).stream())
                .equals(texts(bench.inquiry().router().rules().stream().map(Rule::ref)));
    }

    private static List<String> texts(Stream<RuleRef> rules) {
        return rules.map(RuleRef::text).toList();
    }
}
