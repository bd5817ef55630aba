package dev.fenliu.app;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The screen of {@code fenliu top} in so many columns and rows. */
final class TopScreen {
    private static final int NUMBER = 12;
    private static final int NAME = 22;
    private static final int MOST_OUTBOUNDS = 10;
    private static final int MOST_WARNINGS = 3;
    private static final String BOLD = "\u001b[1m";
    private static final String PLAIN = "\u001b[0m";

    private final int columns;
    private final int rows;
    private final boolean bold;
    private final List<String> lines = new ArrayList<>();

    private TopScreen(int columns, int rows, boolean bold) {
        this.columns = Math.max(columns, 20);
        this.rows = Math.max(rows, 5);
        this.bold = bold;
    }

    /**
     * Its lines, no more than {@code rows} and none longer than {@code columns}.
     *
     * @param bold whether titles are
     */
    static List<String> draw(TopModel model, int columns, int rows, boolean bold) {
        TopScreen screen = new TopScreen(columns, rows, bold);
        screen.head(model);
        screen.warnings(model);
        screen.outbounds(model);
        screen.busy(model);
        return screen.lines.subList(0, Math.min(screen.lines.size(), screen.rows));
    }

    private void line(String text) {
        lines.add(Columns.cut(text, columns).stripTrailing());
    }

    private void title(String text) {
        String line = Columns.cut(text, columns).stripTrailing();
        lines.add(bold ? BOLD + line + PLAIN : line);
    }

    private void head(TopModel model) {
        JsonObject status = model.status();
        JsonObject totals = model.totals();
        title("fenliu " + TopModel.text(status, "version") + "   up "
                + StatusCommand.duration(TopModel.number(status, "uptime")) + "   generation "
                + TopModel.number(status, "generation") + "   " + model.running() + " flows   memory "
                + SizeText.of(TopModel.number(totals, "memory")));
        line("down " + Columns.right(rate(TopModel.number(totals, "down-rate")), NUMBER) + "   up "
                + Columns.right(rate(TopModel.number(totals, "up-rate")), NUMBER) + "   since the start: down "
                + SizeText.of(TopModel.number(totals, "down")) + ", up " + SizeText.of(TopModel.number(totals, "up")));
    }

    private void warnings(TopModel model) {
        List<JsonElement> warnings = TopModel.list(model.status(), "warnings").asList();
        for (JsonElement one : warnings.subList(0, Math.min(MOST_WARNINGS, warnings.size()))) {
            JsonObject warning = one.getAsJsonObject();
            line("! " + TopModel.text(warning, "file") + ":" + TopModel.text(warning, "line") + ": "
                    + TopModel.text(warning, "message"));
        }
        if (warnings.size() > MOST_WARNINGS) {
            line("! and " + (warnings.size() - MOST_WARNINGS) + " more: fenliu status");
        }
    }

    private void outbounds(TopModel model) {
        title(Columns.left("OUTBOUND", NAME) + Columns.right("DOWN", NUMBER) + Columns.right("UP", NUMBER) + "  STATE");
        Map<String, JsonObject> known = new HashMap<>();
        TopModel.list(model.status(), "outbounds")
                .forEach(one -> known.put(TopModel.text(one.getAsJsonObject(), "name"), one.getAsJsonObject()));
        List<TopModel.Rate> rates = new ArrayList<>();
        rates.add(model.outbound("direct"));
        known.keySet().forEach(name -> rates.add(model.outbound(name)));
        rates.sort((one, other) -> one.both() != other.both()
                ? Long.compare(other.both(), one.both())
                : one.name().compareTo(other.name()));
        int most = Math.min(MOST_OUTBOUNDS, Math.max(2, rows / 3));
        for (TopModel.Rate rate : rates.subList(0, Math.min(most, rates.size()))) {
            JsonObject outbound = known.get(rate.name());
            line(row(rate) + "  " + (outbound == null ? "" : state(outbound)));
        }
        if (rates.size() > most) {
            line("  and " + (rates.size() - most) + " more");
        }
    }

    private static String state(JsonObject outbound) {
        if (TopModel.text(outbound, "failing").equals("true")) {
            return "down: " + TopModel.text(outbound, "failure");
        }
        String connect = TopModel.text(outbound, "connect-ms");
        return connect.isEmpty() ? "" : "connects in " + connect + " ms";
    }

    private void busy(TopModel model) {
        int left = rows - lines.size();
        int more = left >= 15 ? left / 4 : 0; // a small screen has flows alone
        title(Columns.left("BUSIEST FLOWS", NAME) + Columns.right("DOWN", NUMBER) + Columns.right("UP", NUMBER) + "  "
                + Columns.left("THROUGH", NAME) + "OF");
        List<TopModel.Running> flows = model.busiest();
        int most = left - 1 - 2 * more;
        for (TopModel.Running flow : flows.subList(0, Math.min(Math.max(0, most), flows.size()))) {
            line(row(new TopModel.Rate(flow.target(), flow.upRate(), flow.downRate())) + "  "
                    + Columns.left(flow.path(), NAME) + flow.device());
        }
        if (more > 0) {
            summary("BUSIEST DEVICES", model.busiest(TopModel.Running::device), more);
            summary("BUSIEST HOSTS", model.busiest(TopModel.Running::host), more);
        }
    }

    private void summary(String title, List<TopModel.Rate> rates, int height) {
        title(Columns.left(title, NAME) + Columns.right("DOWN", NUMBER) + Columns.right("UP", NUMBER));
        rates.stream().limit(height - 1L).forEach(rate -> line(row(rate)));
    }

    private String row(TopModel.Rate rate) {
        return Columns.left(rate.name(), NAME)
                + Columns.right(rate(rate.down()), NUMBER)
                + Columns.right(rate(rate.up()), NUMBER);
    }

    private static String rate(long bytes) {
        return SizeText.of(bytes) + "/s";
    }
}
