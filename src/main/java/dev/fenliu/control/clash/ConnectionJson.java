package dev.fenliu.control.clash;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.engine.FlowView;
import dev.fenliu.engine.Inventory;
import dev.fenliu.engine.Status;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.route.Rule;
import dev.fenliu.route.RuleRef;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Flows as dashboards read them. For one answer. */
final class ConnectionJson {
    private final Inventory inventory;
    private final Map<String, Status.Listening> listeners = new HashMap<>();
    private final Map<RuleRef, RuleWords> words = new HashMap<>();
    /** Outbounds whose next hop is the origin itself. */
    private final Set<String> direct = new HashSet<>(Set.of("direct"));

    ConnectionJson(Inventory inventory) {
        this.inventory = inventory;
        inventory.listeners().forEach(one -> listeners.put(one.name(), one));
        inventory.outbounds().stream()
                .filter(one -> one.type().equals("direct"))
                .forEach(one -> direct.add(one.name()));
    }

    /** The list; empty, never null. */
    JsonArray all(List<FlowView> flows) {
        JsonArray array = new JsonArray();
        flows.forEach(flow -> array.add(of(flow)));
        return array;
    }

    private JsonObject of(FlowView view) {
        JsonObject object = new JsonObject();
        object.addProperty("id", Long.toString(view.flow().id()));
        object.add("metadata", metadata(view));
        object.addProperty("upload", view.up());
        object.addProperty("download", view.down());
        object.addProperty("start", view.start().toString());
        JsonArray chains = new JsonArray();
        for (int i = view.path().size() - 1; i >= 0; i--) {
            chains.add(view.path().get(i));
        }
        object.add("chains", chains);
        object.add("providerChains", new JsonArray());
        RuleWords rule = view.rule().map(this::words).orElse(new RuleWords("", ""));
        object.addProperty("rule", rule.type());
        object.addProperty("rulePayload", rule.payload());
        return object;
    }

    private RuleWords words(RuleRef ref) {
        return words.computeIfAbsent(ref, any -> {
            List<Rule> rules = inventory.rules();
            Rule now = ref.index() < rules.size() ? rules.get(ref.index()) : null;
            return now != null && now.ref().equals(ref)
                    ? RuleWords.of(now.condition())
                    : new RuleWords("Rule", ref.text()); // of a config that was in force when the flow began
        });
    }

    private JsonObject metadata(FlowView view) {
        Flow flow = view.flow();
        Destination to = flow.destination();
        Optional<Host.Name> given =
                Optional.of(to.host()).filter(Host.Name.class::isInstance).map(Host.Name.class::cast);
        String next = view.address()
                .filter(InetSocketAddress.class::isInstance)
                .map(address -> Addresses.text(((InetSocketAddress) address).getAddress()))
                .orElse("");
        boolean plain = !view.path().isEmpty() && direct.contains(view.outbound());
        Optional<Status.Listening> listener = Optional.ofNullable(listeners.get(flow.listener()));
        JsonObject object = new JsonObject();
        object.addProperty("network", flow.transport().toString());
        object.addProperty(
                "type", Types.listener(listener.map(Status.Listening::type).orElse("")));
        object.addProperty("sourceIP", Addresses.text(flow.source().getAddress()));
        object.addProperty("sourcePort", Integer.toString(flow.source().getPort()));
        object.addProperty(
                "destinationIP",
                to.host() instanceof Host.Address literal ? Addresses.text(literal.value()) : plain ? next : "");
        object.addProperty("destinationPort", Integer.toString(to.port()));
        object.addProperty("host", given.or(view::name).map(Host.Name::value).orElse(""));
        object.addProperty(
                "sniffHost",
                given.isPresent() ? "" : view.name().map(Host.Name::value).orElse(""));
        object.addProperty("remoteDestination", next);
        object.addProperty("dnsMode", "normal");
        object.addProperty(
                "inboundIP",
                listener.map(one -> Addresses.text(one.address().getAddress())).orElse(""));
        object.addProperty(
                "inboundPort",
                listener.map(one -> Integer.toString(one.address().getPort())).orElse(""));
        object.addProperty("inboundName", flow.listener());
        object.addProperty("inboundUser", flow.user().orElse(""));
        for (String none :
                List.of("process", "processPath", "specialProxy", "specialRules", "sourceIPASN", "destinationIPASN")) {
            object.addProperty(none, "");
        }
        object.add("sourceGeoIP", new JsonArray());
        object.add("destinationGeoIP", new JsonArray());
        object.addProperty("uid", 0);
        object.addProperty("dscp", 0);
        return object;
    }
}
