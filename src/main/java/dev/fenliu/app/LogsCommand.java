package dev.fenliu.app;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fenliu logs}: what the running program has written lately. */
@Command(
        name = "logs",
        description = "Show the latest messages of the running program.",
        mixinStandardHelpOptions = true)
final class LogsCommand implements Callable<Integer> {
    enum Level {
        DEBUG,
        INFO,
        WARN,
        ERROR;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int LATEST = 200;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with those that come.")
    private boolean follow;

    @Option(
            names = "--level",
            paramLabel = "LEVEL",
            description = "The least important that are shown: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).",
            defaultValue = "info")
    private Level level = Level.INFO;

    @Mixin
    private final ApiClient api = new ApiClient();

    @Override
    public Integer call() throws Exception {
        try (Stream<String> events = follow ? api.lines("/api/v1/events?topics=logs") : Stream.of()) {
            JsonObject latest = api.get("/api/v1/logs?level=" + level + "&limit=" + LATEST);
            List<String> shown = lines(latest);
            shown.forEach(System.out::println);
            Iterator<String> next = events.iterator();
            while (follow && !System.out.checkError()) { // whoever reads it may have seen enough
                if (!next.hasNext()) {
                    throw ApiClient.ended();
                }
                follow(next.next(), shown);
            }
        } catch (UncheckedIOException e) {
            throw ApiClient.ended();
        }
        return ExitCode.OK;
    }

    /** The messages of an answer, the oldest first. */
    static List<String> lines(JsonObject messages) {
        return messages.getAsJsonArray("items").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .sorted(Comparator.comparing(one -> Instant.parse(TopModel.text(one, "time"))))
                .map(LogsCommand::line)
                .toList();
    }

    /** @param shown what came while the latest were asked for is among them already */
    private void follow(String text, List<String> shown) {
        if (!text.isBlank()
                && JsonParser.parseString(text) instanceof JsonObject event
                && TopModel.text(event, "topic").equals("log")
                && Level.valueOf(TopModel.text(event, "level").toUpperCase(Locale.ROOT))
                                .compareTo(level)
                        >= 0
                && !shown.contains(line(event))) {
            System.out.println(line(event));
        }
    }

    /** As the program itself writes it. */
    static String line(JsonObject message) {
        return TopModel.text(message, "time") + " " + TopModel.text(message, "level") + " "
                + Columns.plain(TopModel.text(message, "message"));
    }
}
