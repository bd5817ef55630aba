package dev.fenliu.control.clash;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Feed;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Inventory;
import dev.fenliu.engine.Proxy;
import dev.fenliu.outbound.History;
import dev.fenliu.state.StateFiles;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** The paths that dashboards for Clash call. */
public final class ClashRoutes {
    private final Proxy proxy;
    private final Core core;
    private final Path state;
    private final Measured measured;
    private final DelayCalls delays;
    private final List<Route> routes = new ArrayList<>();

    private ClashRoutes(Proxy proxy, Core core, Path state, LongSupplier nanos) {
        this.proxy = proxy;
        this.core = core;
        this.state = state;
        this.measured = new Measured(nanos);
        this.delays = new DelayCalls(proxy, core, measured);
    }

    /**
     * All of them but {@code /}, {@code /ui} and the preflight.
     *
     * @param version of the program
     * @param state the folder for what survives a restart
     * @param nanos a clock that never goes back
     */
    public static List<Route> routes(Proxy proxy, Core core, String version, Path state, LongSupplier nanos) {
        ClashRoutes made = new ClashRoutes(proxy, core, state, nanos);
        made.settings(version, new Storage(new StateFiles(state)));
        made.proxies();
        made.lists();
        made.flows();
        return List.copyOf(made.routes);
    }

    private void settings(String version, Storage storage) {
        now(HttpMethod.GET, "/version", Scope.READ, call -> Reply.json(version(version)));
        now(HttpMethod.GET, "/configs", Scope.READ, call -> Reply.json(ConfigCalls.json(inventory())));
        now(HttpMethod.PATCH, "/configs", Scope.SWITCH, call -> ConfigCalls.change(call, inventory()));
        later(HttpMethod.PUT, "/configs", Scope.ADMIN, new ConfigCalls(core)::reload);
        refuse("/configs/geo", "the config names the files of countries and networks; their owner keeps them fresh");
        refuse("/upgrade", "Fenliu is upgraded where it was installed");
        refuse("/upgrade/ui", "the folder of this page is its owner's");
        refuse("/upgrade/geo", "the config names the files of countries and networks; their owner keeps them fresh");
        refuse("/restart", "Fenliu is restarted where it was started; the config takes force without that");
        work(HttpMethod.GET, "/storage/{key}", Scope.READ, storage::get);
        work(HttpMethod.PUT, "/storage/{key}", Scope.SWITCH, storage::put);
        work(HttpMethod.DELETE, "/storage/{key}", Scope.SWITCH, storage::delete);
        later(HttpMethod.GET, "/dns/query", Scope.READ, call -> NameCalls.ask(call, proxy));
        now(HttpMethod.POST, "/cache/dns/flush", Scope.SWITCH, call -> {
            core.forgetAnswers();
            return Reply.empty();
        });
        // Clients use these addresses as long as they know them: each is forgotten when it has not been used for long.
        now(HttpMethod.POST, "/cache/fakeip/flush", Scope.SWITCH, call -> Reply.empty());
    }

    /** Dashboards look for the names of other programs in it. */
    private static JsonObject version(String version) {
        JsonObject object = new JsonObject();
        object.addProperty("meta", true);
        object.addProperty("version", "Fenliu " + version);
        return object;
    }

    private void proxies() {
        work(
                HttpMethod.GET,
                "/proxies",
                Scope.READ,
                call -> wrapped("proxies", proxyJson().all()));
        work(
                HttpMethod.GET,
                "/proxies/{name}",
                Scope.READ,
                call -> proxyJson()
                        .one(call.captured("name"))
                        .map(Reply::json)
                        .orElseGet(() -> Calls.missing("outbound or group", call.captured("name"))));
        now(HttpMethod.PUT, "/proxies/{name}", Scope.SWITCH, this::select);
        now(HttpMethod.DELETE, "/proxies/{name}", Scope.SWITCH, this::unpin);
        later(HttpMethod.GET, "/proxies/{name}/delay", Scope.SWITCH, call -> delays.one(call, call.captured("name")));
        later(HttpMethod.GET, "/group/{name}/delay", Scope.SWITCH, call -> delays.group(call, call.captured("name")));
        work(HttpMethod.GET, "/group", Scope.READ, call -> wrapped("proxies", groups()));
    }

    private JsonElement groups() {
        JsonArray array = new JsonArray();
        ProxyJson json = proxyJson();
        inventory().groups().forEach(group -> json.one(group.name()).ifPresent(array::add));
        return array;
    }

    private void lists() {
        work(
                HttpMethod.GET,
                "/rules",
                Scope.READ,
                call -> Reply.json(listJson(inventory()).rules(core::hits)));
        now(
                HttpMethod.PATCH,
                "/rules/disable",
                Scope.SWITCH,
                call -> Calls.refused("Fenliu switches no single rule off: edit the config, or use Fenliu's own page"));
        work(
                HttpMethod.GET,
                "/providers/rules",
                Scope.READ,
                call -> Reply.json(listJson(inventory()).ruleSets()));
        later(
                HttpMethod.PUT,
                "/providers/rules/{name}",
                Scope.SWITCH,
                call -> refreshed(call, "rule-set", hasRuleSet(call.captured("name")), core::refreshRuleSet));
        work(HttpMethod.GET, "/providers/proxies", Scope.READ, call -> {
            Inventory now = inventory();
            return Reply.json(listJson(now).subscriptions(proxyJson(now)));
        });
        work(HttpMethod.GET, "/providers/proxies/{name}", Scope.READ, call -> {
            Inventory now = inventory();
            return listJson(now)
                    .subscription(call.captured("name"), proxyJson(now))
                    .map(Reply::json)
                    .orElseGet(() -> Calls.missing("subscription", call.captured("name")));
        });
        later(
                HttpMethod.PUT,
                "/providers/proxies/{name}",
                Scope.SWITCH,
                call -> refreshed(
                        call,
                        "subscription",
                        inventory().subscriptions().stream()
                                .anyMatch(one -> one.name().equals(call.captured("name"))),
                        core::refreshSubscription));
        later(
                HttpMethod.GET,
                "/providers/proxies/{name}/healthcheck",
                Scope.SWITCH,
                call -> delays.subscription(call, call.captured("name")));
        later(
                HttpMethod.GET,
                "/providers/proxies/{name}/{node}/healthcheck",
                Scope.SWITCH,
                call -> delays.one(call, call.captured("node")));
    }

    private void flows() {
        Feeds feeds = new Feeds(proxy, core);
        feed("/connections", feeds::connections);
        feed("/traffic", feeds::traffic);
        feed("/memory", feeds::memory);
        feed("/logs", feeds::logs);
        now(HttpMethod.DELETE, "/connections", Scope.SWITCH, call -> {
            proxy.endAll(flow -> true);
            return Reply.empty();
        });
        now(HttpMethod.DELETE, "/connections/{id}", Scope.SWITCH, call -> {
            String id = call.captured("id");
            if (id.matches("[0-9]{1,18}")) {
                proxy.end(Long.parseLong(id)); // one that has just ended by itself is no mistake of anybody
            }
            return Reply.empty();
        });
    }

    private Reply select(Call call) {
        String group = call.captured("name");
        if (group.equals(ProxyJson.GLOBAL)) {
            return Calls.refused("Fenliu goes by its rules only: there is no group for everything");
        }
        if (!(call.json().get("name") instanceof JsonPrimitive member)) {
            throw new BadRequest("name: a member of the group");
        }
        return Calls.done(core.select(group, member.getAsString()));
    }

    private Reply unpin(Call call) {
        String name = call.captured("name");
        Optional<Inventory.Team> group = inventory().groups().stream()
                .filter(one -> one.name().equals(name))
                .findFirst();
        if (group.isEmpty()) {
            return Calls.missing("group", name);
        }
        return group.get().type().equals("select")
                ? Calls.refused("group \"" + name + "\" always uses what was chosen")
                : Calls.done(core.select(name, null));
    }

    private boolean hasRuleSet(String name) {
        Inquiry inquiry = proxy.inquiry();
        return inquiry != null && inquiry.config().ruleSets().containsKey(name);
    }

    private static Future<Reply> refreshed(
            Call call, String what, boolean known, BiFunction<String, EventLoop, Future<Optional<String>>> refresh) {
        Promise<Reply> reply = call.loop().newPromise();
        if (!known) {
            return reply.setSuccess(Calls.missing(what, call.captured("name")));
        }
        refresh.apply(call.captured("name"), call.loop())
                .addListener((Future<Optional<String>> done) -> reply.setSuccess(done.getNow()
                        .map(why -> Reply.refusal(HttpResponseStatus.SERVICE_UNAVAILABLE, why))
                        .orElseGet(Reply::empty)));
        return reply;
    }

    private Inventory inventory() {
        return proxy.overview().inventory().orElseThrow(() -> new BadRequest("the program is still starting"));
    }

    /** Looks at the disk. */
    private ListJson listJson(Inventory now) {
        Inquiry inquiry = proxy.inquiry();
        return new ListJson(now, inquiry == null ? List.of() : inquiry.lists(state));
    }

    private ProxyJson proxyJson() {
        return proxyJson(inventory());
    }

    private ProxyJson proxyJson(Inventory now) {
        return new ProxyJson(
                now, name -> proxy.overview().history(name, History.Scale.FINE), measured.points(now.time()));
    }

    private static Reply wrapped(String name, JsonElement value) {
        JsonObject object = new JsonObject();
        object.add(name, value);
        return Reply.json(object);
    }

    private void refuse(String path, String why) {
        now(HttpMethod.POST, path, Scope.SWITCH, call -> Calls.refused(why));
    }

    private void now(HttpMethod method, String path, Scope scope, Function<Call, Reply> handler) {
        routes.add(Route.now(method, path, scope, handler).lenient());
    }

    private void work(HttpMethod method, String path, Scope scope, Function<Call, Reply> handler) {
        routes.add(Route.work(method, path, scope, handler).lenient());
    }

    private void later(HttpMethod method, String path, Scope scope, Function<Call, Future<Reply>> handler) {
        Route route = method.equals(HttpMethod.PUT) ? Route.put(path, scope, handler) : Route.get(path, scope, handler);
        routes.add(route.lenient());
    }

    private void feed(String path, Feed feed) {
        routes.add(Route.feed(path, Scope.READ, feed).lenient());
    }
}
