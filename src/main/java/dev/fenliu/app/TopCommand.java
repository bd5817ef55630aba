package dev.fenliu.app;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fenliu top}: what the running program carries, live. */
@Command(
        name = "top",
        description = {
            "Watch the running program: rates, outbounds, the busiest flows, devices and hosts.",
            "q ends it. Where the output is no terminal, it prints one picture."
        },
        mixinStandardHelpOptions = true)
final class TopCommand implements Callable<Integer> {
    private static final int COLUMNS = 100;
    private static final int ROWS = 60;
    private static final int STATUS_EVERY = 5;

    @Mixin
    private final ApiClient api = new ApiClient();

    @Override
    public Integer call() throws Exception {
        TopModel model = new TopModel();
        model.status(api.get("/api/v1/status"));
        try (Stream<String> events = api.lines("/api/v1/events?topics=flows,totals")) {
            Iterator<String> next = events.iterator();
            for (int offset = 0, total = 1; offset < total; offset += 1000) {
                JsonObject page = api.get("/api/v1/flows?limit=1000&offset=" + offset);
                total = page.get("total").getAsInt();
                model.flows(page);
            }
            if (Terminal.showsOutput()) {
                watch(model, next);
            } else {
                picture(model, next);
            }
        }
        return ExitCode.OK;
    }

    private static boolean draws(TopModel model, String text) {
        return !text.isBlank() && model.event(JsonParser.parseString(text).getAsJsonObject());
    }

    /** The second of two events tells the rates. */
    private static void picture(TopModel model, Iterator<String> events) {
        for (int ticks = 0; ticks < 2 && events.hasNext(); ) {
            if (draws(model, events.next())) {
                ticks++;
            }
        }
        TopScreen.draw(model, COLUMNS, ROWS, false).forEach(System.out::println);
    }

    private void watch(TopModel model, Iterator<String> events) throws Exception {
        boolean wanted;
        try (Screen screen = Screen.open()) {
            int ticks = 0;
            while (!screen.wantsEnd() && events.hasNext()) {
                if (draws(model, events.next())) {
                    if (++ticks % STATUS_EVERY == 0) {
                        model.status(api.get("/api/v1/status"));
                    }
                    screen.show(TopScreen.draw(model, screen.columns(), screen.rows(), Terminal.colour()));
                }
            }
            wanted = screen.wantsEnd();
        } catch (UncheckedIOException e) {
            wanted = false;
        }
        if (!wanted) {
            throw ApiClient.ended();
        }
    }
}
