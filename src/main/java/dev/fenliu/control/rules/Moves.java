package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.engine.FlowView;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.route.Question;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Whose way a change would change, of those who were seen of late. Nothing is looked up for it. */
final class Moves {
    /** So many different destinations are asked about. */
    private static final int MOST = 2_000;

    private record Where(Destination destination, Transport network, String listener, Optional<String> user) {}

    private static final class Seen {
        private final Flow flow;
        private int count;

        Seen(Flow flow) {
            this.flow = flow;
        }
    }

    private final Inquiry now;
    private final Inquiry then;

    Moves(Inquiry now, Inquiry then) {
        this.now = now;
        this.then = then;
    }

    JsonArray of(List<FlowView> flows) {
        Map<Where, Seen> seen = new LinkedHashMap<>();
        for (FlowView view : flows) {
            Flow flow = named(view);
            Where where = new Where(flow.destination(), flow.transport(), flow.listener(), flow.user());
            Seen one = seen.size() < MOST ? seen.computeIfAbsent(where, any -> new Seen(flow)) : seen.get(where);
            if (one != null) {
                one.count++;
            }
        }
        JsonArray moves = new JsonArray();
        for (Seen one : seen.values()) {
            Question question = Question.of(one.flow);
            Inquiry.Answer from = now.ask(question);
            Inquiry.Answer to = then.ask(question);
            boolean known = from.decision().isPresent() && to.decision().isPresent();
            if (known && !from.path().equals(to.path())) {
                moves.add(json(one, from.path(), to.path()));
            }
        }
        return moves;
    }

    /** By name, where the client gave but an address. */
    private static Flow named(FlowView view) {
        Flow flow = view.flow();
        return view.name()
                .map(name -> new Flow(
                        flow.id(),
                        flow.transport(),
                        flow.listener(),
                        flow.source(),
                        new Destination(name, flow.destination().port()),
                        flow.user()))
                .orElse(flow);
    }

    private static JsonObject json(Seen one, List<String> from, List<String> to) {
        JsonObject object = new JsonObject();
        object.addProperty("host", one.flow.destination().host().toString());
        object.addProperty("port", one.flow.destination().port());
        object.addProperty("network", one.flow.transport().toString());
        object.add("from", texts(from));
        object.add("to", texts(to));
        object.addProperty("seen", one.count);
        return object;
    }

    private static JsonArray texts(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }
}
