package dev.fenliu.control.clash;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.engine.Inventory;
import dev.fenliu.engine.RuleList;
import dev.fenliu.engine.Status;
import dev.fenliu.outbound.Check;
import dev.fenliu.route.Rule;
import dev.fenliu.route.RuleRef;
import dev.fenliu.route.RuleSet;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Rules, rule-sets and subscriptions as dashboards read them. */
final class ListJson {
    /** For what is part of the config or of the program, and has no date of its own. */
    private final Instant time;

    private final Inventory inventory;
    private final List<RuleList> lists;

    /** @param lists the rule-sets */
    ListJson(Inventory inventory, List<RuleList> lists) {
        this.inventory = inventory;
        this.lists = lists;
        this.time = inventory.time();
    }

    /** The rules in their order. */
    JsonObject rules(Function<RuleRef, Optional<Core.Hits>> hits) {
        Map<String, Integer> sizes = new HashMap<>();
        lists.forEach(
                list -> sizes.put(list.name(), list.set().map(RuleSet::entries).orElse(-1)));
        JsonArray rules = new JsonArray();
        for (Rule rule : inventory.rules()) {
            RuleWords words = RuleWords.of(rule.condition());
            JsonObject object = new JsonObject();
            object.addProperty("index", rule.ref().index());
            object.addProperty("type", words.type());
            object.addProperty("payload", words.payload());
            object.addProperty("proxy", rule.target());
            object.addProperty("size", size(words, sizes));
            hits.apply(rule.ref()).ifPresent(count -> object.add("extra", extra(count)));
            rules.add(object);
        }
        JsonObject all = new JsonObject();
        all.add("rules", rules);
        return all;
    }

    /** Of a rule that asks one list and nothing else; -1 of others. */
    private static int size(RuleWords words, Map<String, Integer> sizes) {
        return words.type().equals("RuleSet") ? sizes.getOrDefault(words.payload(), -1) : -1;
    }

    private static JsonObject extra(Core.Hits hits) {
        JsonObject extra = new JsonObject();
        extra.addProperty("disabled", false);
        extra.addProperty("hitCount", hits.count());
        hits.last().ifPresent(last -> extra.addProperty("hitAt", last.toString()));
        return extra;
    }

    /** The rule-sets by name. */
    JsonObject ruleSets() {
        JsonObject providers = new JsonObject();
        for (RuleList list : lists) {
            JsonObject object = new JsonObject();
            object.addProperty("name", list.name());
            object.addProperty("type", "Rule");
            object.addProperty("behavior", "Classical");
            object.addProperty("format", list.format().orElse("auto"));
            object.addProperty("ruleCount", list.set().map(RuleSet::entries).orElse(0));
            object.addProperty(
                    "vehicleType",
                    switch (list.kind()) {
                        case "url" -> "HTTP";
                        case "file" -> "File";
                        default -> "Inline";
                    });
            object.addProperty("updatedAt", list.updated().orElse(time).toString());
            providers.add(list.name(), object);
        }
        JsonObject all = new JsonObject();
        all.add("providers", providers);
        return all;
    }

    /** The subscriptions by name. */
    JsonObject subscriptions(ProxyJson proxies) {
        JsonObject providers = new JsonObject();
        inventory.subscriptions().forEach(one -> providers.add(one.name(), subscription(one, proxies)));
        JsonObject all = new JsonObject();
        all.add("providers", providers);
        return all;
    }

    private JsonObject subscription(Status.Subscription one, ProxyJson proxies) {
        JsonObject object = new JsonObject();
        object.addProperty("name", one.name());
        object.addProperty("type", "Proxy");
        object.addProperty("vehicleType", one.updated().isPresent() || one.nodes() == 0 ? "HTTP" : "File");
        object.add("proxies", proxies.nodes(one.name()));
        object.addProperty("testUrl", Check.DEFAULT.url().toString());
        object.addProperty("timeout", Check.DEFAULT.timeout().toMillis());
        object.addProperty("updatedAt", one.updated().orElse(time).toString());
        if (!one.quota().isUnknown()) {
            JsonObject info = new JsonObject();
            info.addProperty("Upload", 0);
            info.addProperty("Download", one.quota().used().orElse(0L));
            info.addProperty("Total", one.quota().total().orElse(0L));
            info.addProperty(
                    "Expire", one.quota().expires().map(Instant::getEpochSecond).orElse(0L));
            object.add("subscriptionInfo", info);
        }
        return object;
    }

    /** One of the subscriptions; empty if there is none of that name. */
    Optional<JsonObject> subscription(String name, ProxyJson proxies) {
        return inventory.subscriptions().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .map(one -> subscription(one, proxies));
    }
}
