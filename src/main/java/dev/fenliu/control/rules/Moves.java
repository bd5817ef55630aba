package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.route.Question;
import dev.fenliu.tally.Visit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Whose way a change would change, of those who were seen of late. Nothing is looked up for it. */
final class Moves {
    private static final int MOST = 1_000;

    private record Move(Host host, int port, Transport network, List<String> from, List<String> to) {}

    private final Function<Question, Optional<List<String>>> now;
    private final Function<Question, Optional<List<String>>> then;

    /** Both give the path of a flow; empty when it is not known. */
    Moves(Function<Question, Optional<List<String>>> now, Function<Question, Optional<List<String>>> then) {
        this.now = now;
        this.then = then;
    }

    /** The most seen first, up to 1,000; clients that go the same way are one. */
    JsonArray of(List<Visit> visits) {
        Map<Move, Integer> moves = new LinkedHashMap<>();
        for (Visit visit : visits) {
            Question question = Question.of(visit.flow()).sniffed(visit.name(), Optional.empty());
            Optional<List<String>> from = now.apply(question);
            Optional<List<String>> to = then.apply(question);
            if (from.isPresent() && to.isPresent() && !from.equals(to)) {
                Move move = new Move(
                        visit.host(),
                        visit.flow().destination().port(),
                        visit.flow().transport(),
                        from.get(),
                        to.get());
                moves.merge(move, visit.count(), Integer::sum);
            }
        }
        JsonArray array = new JsonArray();
        moves.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(MOST)
                .forEach(entry -> array.add(json(entry.getKey(), entry.getValue())));
        return array;
    }

    private static JsonObject json(Move move, int seen) {
        JsonObject object = new JsonObject();
        object.addProperty("host", move.host.toString());
        object.addProperty("port", move.port);
        object.addProperty("network", move.network.toString());
        object.add("from", texts(move.from));
        object.add("to", texts(move.to));
        object.addProperty("seen", seen);
        return object;
    }

    private static JsonArray texts(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }
}
