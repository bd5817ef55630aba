package dev.fenliu.app;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fenliu dns}: what the running program does with names. */
@Command(
        name = "dns",
        description = "Ask the running program about names.",
        mixinStandardHelpOptions = true,
        subcommands = DnsCommand.Query.class)
final class DnsCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private picocli.CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "dns what? Try: fenliu dns query NAME");
    }

    /** {@code fenliu dns query}: what a client is answered about a name, and why. */
    @Command(
            name = "query",
            description = "Ask as a client would, and say which rule, resolver and server the answer is of.",
            mixinStandardHelpOptions = true)
    static final class Query implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "NAME")
        @SuppressWarnings("NullAway.Init") // set by picocli
        private String name;

        @Parameters(index = "1", arity = "0..1", paramLabel = "TYPE", description = "A if absent.", defaultValue = "A")
        private String type = "A";

        @Mixin
        private final ApiClient api = new ApiClient();

        @Option(names = "--json", description = "One JSON object.")
        private boolean json;

        @Override
        public Integer call() throws Exception {
            JsonObject answer =
                    api.get("/api/v1/dns/query?name=" + ApiClient.escaped(name) + "&type=" + ApiClient.escaped(type));
            System.out.println(json ? answer.toString() : text(answer));
            return ExitCode.OK;
        }
    }

    static String text(JsonObject answer) {
        Lines out = new Lines(answer.get("name").getAsString() + " "
                + answer.get("type").getAsString() + " -> "
                + answer.get("rcode").getAsString() + " in "
                + milliseconds(answer.get("micros").getAsLong()));
        if (answer.get("rule") instanceof JsonObject rule) {
            String position = rule.get("file").getAsString() + ":"
                    + rule.get("line").getAsInt() + ":" + rule.get("column").getAsInt();
            out.add("rule", position + "  " + rule.get("text").getAsString());
            out.add("path", joined(answer.getAsJsonArray("path"), " -> "));
        }
        out.add("from", from(answer));
        if (answer.get("resolver").isJsonPrimitive()) {
            out.add("resolver", answer.get("resolver").getAsString());
        }
        if (answer.get("server").isJsonPrimitive()) {
            String way = answer.get("via").isJsonPrimitive()
                    ? "through " + answer.get("via").getAsString()
                    : "directly";
            out.add(
                    "server",
                    answer.get("server").getAsString() + ", by "
                            + answer.get("transport").getAsString() + ", " + way);
        }
        for (JsonElement one : answer.getAsJsonArray("errors")) {
            JsonObject error = one.getAsJsonObject();
            out.add(
                    "remark",
                    error.get("text").getAsString() + " (EDE "
                            + error.get("code").getAsInt() + ")");
        }
        for (JsonElement one : answer.getAsJsonArray("records")) {
            JsonObject record = one.getAsJsonObject();
            out.add(
                    "record",
                    String.join(
                            "  ",
                            record.get("name").getAsString(),
                            record.get("ttl").getAsString(),
                            record.get("type").getAsString(),
                            record.get("data").getAsString()));
        }
        return out.toString();
    }

    private static String milliseconds(long micros) {
        return String.format(Locale.ROOT, micros < 10_000 ? "%.1f ms" : "%.0f ms", micros / 1000.0);
    }

    private static String from(JsonObject answer) {
        long age = answer.get("age").getAsLong();
        return switch (answer.get("source").getAsString()) {
            case "rule" -> "the rule";
            case "own" -> "Fenliu itself: this name is asked for nowhere";
            case "hosts" -> "hosts";
            case "nobody" -> "Fenliu itself: nobody is asked for names of this network";
            case "fake" -> "Fenliu itself: an address that stands for the name, which the tunnel's far end resolves";
            case "no-ipv6" -> "Fenliu itself: this machine has no IPv6, or the config wants none";
            case "cache" -> "the cache, " + age + " s old";
            case "stale" -> "the cache, " + age + " s old and expired; a new answer is being fetched";
            case "upstream" -> "the resolver, just now";
            default -> "the resolver, which has no answer";
        };
    }

    private static String joined(JsonArray texts, String between) {
        StringJoiner joiner = new StringJoiner(between);
        texts.forEach(text -> joiner.add(text.getAsString()));
        return joiner.toString();
    }
}
