package dev.fenliu.app;

import com.google.gson.JsonObject;
import dev.fenliu.config.Type;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** How a change is to go back by itself; options of the commands that make one. */
final class Reversal {
    @Option(
            names = "--confirm",
            paramLabel = "TIME",
            description = "The change goes back by itself unless `fenliu confirm` is given in that time, such as 60s.")
    private String confirm = "";

    @Option(
            names = "--revert-when-worse",
            description = "The change goes back by itself if within a minute flows fail or tunnels end that did not.")
    private boolean worse;

    /** Puts it into a request. */
    JsonObject into(JsonObject body) throws Stop {
        if (!confirm.isEmpty()) {
            body.addProperty("confirm-seconds", seconds());
        }
        if (worse) {
            body.addProperty("revert-when-worse", true);
        }
        return body;
    }

    /** The same as parameters of a query: empty, or each behind {@code &}. */
    String query() throws Stop {
        return into(new JsonObject()).entrySet().stream()
                .map(one -> "&" + one.getKey() + "=" + one.getValue().getAsString())
                .collect(Collectors.joining());
    }

    private long seconds() throws Stop {
        try {
            return Math.max(1, Type.duration(confirm).toSeconds());
        } catch (IllegalArgumentException e) {
            throw new Stop(ExitCode.USAGE, "--confirm " + e.getMessage());
        }
    }

    boolean isWanted() throws Stop {
        return !into(new JsonObject()).isEmpty();
    }

    /**
     * What is to be said of it; nothing if it was not asked for.
     *
     * @param change its number, and what a command needs beside it
     */
    String notice(String change) {
        return (confirm.isEmpty()
                        ? ""
                        : "\nIt goes back by itself in " + confirm + " unless you say: fenliu confirm " + change)
                + (worse ? "\nIt goes back by itself if things are clearly worse within a minute." : "");
    }
}
