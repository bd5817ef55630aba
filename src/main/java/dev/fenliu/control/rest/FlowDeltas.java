package dev.fenliu.control.rest;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.engine.FlowView;
import dev.fenliu.tally.Ring;
import dev.fenliu.tally.Tally;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What has changed of the flows since it was last told. Not thread-safe. */
final class FlowDeltas {
    /** New flows in one text; the others come with the next. */
    private static final int MOST_OPENED = 1000;

    private final Tally tally;
    private Map<Long, FlowView> told = new HashMap<>();
    private long ended;

    FlowDeltas(Tally tally) {
        this.tally = tally;
    }

    /** From here on. */
    void reset(List<FlowView> running) {
        ended = tally.closed().added();
        told = new HashMap<>();
        running.forEach(flow -> told.put(flow.flow().id(), flow));
    }

    /** The next text; null when nothing has changed. */
    @Nullable
    JsonObject next(List<FlowView> running) {
        JsonArray opened = new JsonArray();
        JsonArray updated = new JsonArray();
        JsonArray changed = new JsonArray();
        Map<Long, FlowView> now = new HashMap<>(running.size() * 2);
        for (FlowView flow : running) {
            long id = flow.flow().id();
            FlowView before = told.remove(id);
            if (before == null && opened.size() >= MOST_OPENED) {
                continue;
            }
            now.put(id, flow);
            if (before == null) {
                opened.add(FlowJson.of(flow, tally));
            } else if (!head(flow).equals(head(before))) {
                updated.add(FlowJson.of(flow, tally));
            } else if (flow.up() != before.up() || flow.down() != before.down()) {
                JsonArray moved = new JsonArray();
                moved.add(id);
                moved.add(flow.up());
                moved.add(flow.down());
                changed.add(moved);
            }
        }
        JsonArray closed = closed(opened, now);
        told = now;
        if (opened.isEmpty() && updated.isEmpty() && changed.isEmpty() && closed.isEmpty()) {
            return null;
        }
        JsonObject text = new JsonObject();
        text.addProperty("topic", "flows");
        text.add("opened", opened);
        text.add("changed", changed);
        text.add("updated", updated);
        text.add("closed", closed);
        return text;
    }

    /** Those that came and went since are told of twice. What {@code told} has left is gone. */
    private JsonArray closed(JsonArray opened, Map<Long, FlowView> now) {
        JsonArray closed = new JsonArray();
        Ring.News<FlowView> latest = tally.closed().since(ended);
        ended = latest.added();
        for (FlowView flow : latest.items()) {
            long id = flow.flow().id();
            boolean unknown = told.remove(id) == null;
            if (now.remove(id) == null && unknown) {
                opened.add(FlowJson.of(flow, tally));
            }
            closed.add(end(flow));
        }
        told.values().forEach(flow -> closed.add(end(flow))); // more ended than are remembered
        return closed;
    }

    private static JsonObject end(FlowView flow) {
        JsonObject object = new JsonObject();
        object.addProperty("id", flow.flow().id());
        object.addProperty("up", flow.up());
        object.addProperty("down", flow.down());
        object.add("end", Json.text(flow.end().map(FlowView.End::text)));
        object.add("end-code", FlowJson.endCode(flow));
        object.add("who-ended", FlowJson.ender(flow));
        object.add("time-ms", Json.millis(flow.timing().total()));
        return object;
    }

    /** What seldom changes. */
    private static List<Object> head(FlowView flow) {
        boolean answered = flow.timing().firstByte() != FlowView.Timing.UNKNOWN;
        return List.of(flow.state(), flow.path(), flow.rule(), flow.name(), flow.address(), answered);
    }
}
