package dev.fenliu.app;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.fenliu.config.Mask;
import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The text of a report about a mistake of the program: what the program is, how it stands and is set, and what it said
 * lately, without secrets and without where anybody went. What the config says itself may stay: it is there anyway.
 */
final class BugReport {
    private static final Gson GSON = new GsonBuilder()
            .serializeNulls()
            .disableHtmlEscaping()
            .setPrettyPrinting()
            .create();

    /** Names and addresses, also such that are neither. */
    private static final Pattern WORD =
            Pattern.compile("[\\p{L}\\p{N}_-]+(?:\\.[\\p{L}\\p{N}_-]+)+\\.?|\\[?[0-9a-fA-F]*:[0-9a-fA-F:.]+]?");

    /** What ends like this is a file, and not in the country of that name. */
    private static final Set<String> FILES = Set.of(
            "yaml", "yml", "txt", "list", "conf", "json", "mrs", "srs", "dat", "mmdb", "pem", "key", "crt", "jar",
            "java", "sock", "token", "state", "users", "log", "service", "toml");

    private final String config;
    /** Names and addresses that the config has. */
    private final Set<String> named;

    private final StringBuilder out = new StringBuilder();

    /** @param config its text */
    BugReport(String config) {
        this.config = config;
        this.named =
                WORD.matcher(config).results().map(found -> bare(found.group())).collect(Collectors.toSet());
        out.append("A report about Fenliu, made by `fenliu bugreport`. Secrets, and where flows went, are left out.\n");
    }

    /** A part that has nothing to hide. */
    BugReport part(String title, String text) {
        out.append("\n## ").append(title).append("\n\n").append(text.strip()).append('\n');
        return this;
    }

    /** The program, and what it runs on. */
    BugReport machine() {
        return part("Program", """
                fenliu %s
                Java %s (%s, %s)
                %s %s, %s, %d processors, %s heap at most
                """.formatted(
                        Main.version(),
                        System.getProperty("java.version"),
                        System.getProperty("java.vendor"),
                        System.getProperty("java.vm.name"),
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("os.arch"),
                        Runtime.getRuntime().availableProcessors(),
                        SizeText.of(Runtime.getRuntime().maxMemory())));
    }

    /** The config. */
    BugReport config(String name) {
        return part("Config: " + withoutHome(name), Mask.hide(config));
    }

    /** How the program stands. Of devices and users only how many there are. */
    BugReport status(JsonObject status) {
        JsonObject shown = status.deepCopy();
        for (String people : new String[] {"devices", "users"}) {
            shown.add(people, new JsonPrimitive(TopModel.list(status, people).size()));
        }
        return part("Status", GSON.toJson(withoutHosts(shown)));
    }

    private JsonElement withoutHosts(JsonElement element) {
        if (element instanceof JsonObject object) {
            JsonObject copy = new JsonObject();
            new TreeMap<>(object.asMap()).forEach((key, value) -> copy.add(key, withoutHosts(value)));
            return copy;
        }
        if (element instanceof JsonArray array) {
            JsonArray copy = new JsonArray();
            array.forEach(item -> copy.add(withoutHosts(item)));
            return copy;
        }
        return element instanceof JsonPrimitive primitive && primitive.isString()
                ? new JsonPrimitive(withoutHosts(primitive.getAsString()))
                : element;
    }

    /** What the doctor found; the hosts that it visits are the same for all. */
    BugReport doctor(String text) {
        Matcher address = WORD.matcher(text);
        return part(
                "Doctor",
                address.replaceAll(found -> Addresses.parse(found.group()) == null || mayStay(found.group())
                        ? Matcher.quoteReplacement(found.group())
                        : "(address)"));
    }

    /** The latest messages. */
    BugReport log(JsonObject messages) {
        List<String> lines =
                LogsCommand.lines(messages).stream().map(this::withoutHosts).toList();
        return part("Log", lines.isEmpty() ? "nothing" : String.join("\n", lines));
    }

    /** The text with a word for each name and address that neither the config names nor every machine has. */
    String withoutHosts(String text) {
        Matcher word = WORD.matcher(Mask.hide(withoutHome(text)));
        return word.replaceAll(found -> Matcher.quoteReplacement(mayStay(found.group()) ? found.group() : "(host)"));
    }

    /** The folder of a user is called like the user. */
    private static String withoutHome(String text) {
        String home = System.getProperty("user.home", "");
        return home.length() < 2 ? text : text.replace(home, "~");
    }

    private boolean mayStay(String word) {
        String bare = bare(word);
        InetAddress address = Addresses.parse(bare);
        if (address != null) {
            return address.isLoopbackAddress() || address.isAnyLocalAddress() || named.contains(bare);
        }
        String last = bare.substring(bare.lastIndexOf('.') + 1);
        boolean name = bare.indexOf(':') < 0 && last.matches(".*\\p{L}.*");
        return !name || FILES.contains(last) || named.contains(bare);
    }

    private static String bare(String word) {
        return word.replaceAll("^\\[|]$|\\.$", "");
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
