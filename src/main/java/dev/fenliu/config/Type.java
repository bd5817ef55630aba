package dev.fenliu.config;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a node becomes a value: the conversion, its words for the reference, and its JSON Schema. A failed conversion
 * reports a problem at the node and gives null.
 */
public final class Type<T> {
    /** Converts a node; reports and returns null when it cannot. */
    @FunctionalInterface
    public interface Conversion<T> {
        @Nullable
        T read(ConfigNode node, String what, Problems problems);
    }

    /** Of a text that an editor may take for something else. */
    private static final JsonObject ANY = schema("string", "number", "boolean");

    private final String words;
    private final JsonObject schema;
    private final boolean takesNothing;
    private final Conversion<T> conversion;

    private Type(String words, JsonObject schema, boolean takesNothing, Conversion<T> conversion) {
        this.words = words;
        this.schema = schema;
        this.takesNothing = takesNothing;
        this.conversion = conversion;
    }

    /** A type of one's own, for what only its reader understands. */
    public static <T> Type<T> of(String words, JsonObject schema, Conversion<T> conversion) {
        return new Type<>(words, schema, false, conversion);
    }

    /** A scalar that {@code parse} converts; its IllegalArgumentException becomes the message. */
    public static <T> Type<T> scalar(String words, Function<String, T> parse) {
        return scalar(words, schema("string"), parse);
    }

    private static <T> Type<T> scalar(String words, JsonObject schema, Function<String, T> parse) {
        return new Type<>(words, schema, false, (node, what, problems) -> {
            if (node.kind() != ConfigNode.Kind.SCALAR) {
                problems.error(
                        node,
                        what + " must be " + words + ", not " + node.kind().words());
                return null;
            }
            try {
                return parse.apply(node.text());
            } catch (IllegalArgumentException e) {
                boolean reference = node.text().startsWith("${");
                problems.error(
                        node,
                        what + ": " + e.getMessage(),
                        reference ? "only passwords and the like are written as ${env:NAME} or ${file:PATH}" : null);
                return null;
            }
        });
    }

    /** Text as typed, not empty. */
    public static final Type<String> TEXT = scalar("text", ANY, text -> {
        if (text.isBlank()) {
            throw new IllegalArgumentException("\"" + text + "\" (expected: some text)");
        }
        return text;
    });

    public static final Type<Boolean> BOOLEAN =
            scalar("true or false", schema("boolean", "string"), text -> switch (text) {
                case "true", "yes", "on" -> true;
                case "false", "no", "off" -> false;
                default -> throw new IllegalArgumentException("\"" + text + "\" (expected: true or false)");
            });

    public static final Type<Integer> PORT = scalar("a port", number(1, 65535), Destination::port);

    /** A name or address with a port. */
    public static final Type<Destination> DESTINATION = scalar("host:port", Destination::parse);

    public static final Type<InetAddress> ADDRESS = scalar("an IP address", text -> {
        InetAddress address = Addresses.parse(text);
        if (address == null) {
            throw new IllegalArgumentException("\"" + text + "\" (expected: an IP address)");
        }
        return address;
    });

    /** Where to listen: an address and a port, 0 for any free one. */
    public static final Type<InetSocketAddress> LISTEN = scalar("address:port", text -> {
        int colon = text.lastIndexOf(':');
        InetAddress address = colon < 0 ? null : Addresses.parse(text.substring(0, colon));
        if (address == null || text.indexOf(':') != colon && !text.startsWith("[")) {
            throw new IllegalArgumentException("\"" + text
                    + "\" (expected: address:port, such as 127.0.0.1:7890 or [::1]:7890; 0.0.0.0 means all of"
                    + " IPv4, [::] all)");
        }
        String port = text.substring(colon + 1);
        return new InetSocketAddress(address, port.equals("0") ? 0 : Destination.port(port));
    });

    /** Decimal without leading zeros, which are octal elsewhere, or hexadecimal. */
    private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]*|0x[0-9A-Fa-f]+)");

    /** A whole number within bounds. */
    public static Type<Integer> integer(int min, int max) {
        String words = min == max ? Integer.toString(min) : "a whole number from " + min + " to " + max;
        return scalar(words, number(min, max), text -> {
            try {
                int value = Integer.decode(INTEGER.matcher(text).matches() ? text : "x");
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new IllegalArgumentException("\"" + text + "\" (expected: " + words + ")");
        });
    }

    /** A duration of at most ten years: a number with ms, s, m, h or d. */
    public static final Type<Duration> DURATION = scalar(Quantity.DURATIONS, Quantity::duration);

    /** A size in bytes: a number with B, KB, MB or GB (powers of 1024). */
    public static final Type<Long> SIZE = scalar(Quantity.SIZES, Quantity::size);

    /** What {@link #SIZE} reads of a text, in bytes. @throws IllegalArgumentException with what is wrong with it */
    public static long size(String text) {
        return Quantity.size(text);
    }

    /** What {@link #DURATION} reads of a text. @throws IllegalArgumentException with what is wrong with it */
    public static Duration duration(String text) {
        return Quantity.duration(text);
    }

    /** A path, relative to the file that names it; whether it exists is for its reader to say. */
    public static final Type<Path> PATH = new Type<>("a path", schema("string"), false, (node, what, problems) -> {
        if (node.kind() != ConfigNode.Kind.SCALAR || node.text().isBlank()) {
            problems.error(node, what + " must be a path");
            return null;
        }
        Path path = path(node, node.text(), what, problems);
        return path == null ? null : path.normalize();
    });

    /** What a path in {@code node} leads to; null when this system can have no such path, which is reported. */
    public static @Nullable Path path(ConfigNode node, String text, String what, Problems problems) {
        try {
            return node.folder().resolve(text);
        } catch (InvalidPathException e) { // a NUL, or a character that the system's locale lacks
            problems.error(node, what + " must be a path that this system can have: " + e.getReason());
            return null;
        }
    }

    /** A secret: text, {@code ${env:NAME}} or {@code ${file:PATH}} (its first line). Only secrets are expanded. */
    public static final Type<Secret> SECRET = new Type<>("a secret", ANY, false, SecretReference::read);

    /** Why a file could not be read, in words. */
    public static String reason(IOException e) {
        if (e instanceof java.nio.file.NoSuchFileException || e instanceof java.io.FileNotFoundException) {
            return "there is no such file";
        }
        if (e instanceof java.nio.file.AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof java.nio.charset.CharacterCodingException) {
            return "it is not text";
        }
        if (e instanceof FileSystemException named && named.getReason() != null) {
            return named.getReason(); // without the path, which has been said
        }
        return String.valueOf(e.getMessage());
    }

    /** The base64 of a SHA-256, as pins are written. */
    public static final Type<String> SHA256 = text(
            "the base64 of a SHA-256, 44 characters, or a fingerprint in hexadecimal, 64 digits",
            "[A-Za-z0-9+/]{43}=|[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}");

    /** Text that a regular expression describes. */
    public static Type<String> text(String words, String expression) {
        return scalar(words, text -> {
            if (!text.matches(expression)) {
                throw new IllegalArgumentException("\"" + text + "\" (expected: " + words + ")");
            }
            return text;
        });
    }

    /** One of the constants of an enum, written in lower case with dashes. */
    public static <E extends Enum<E>> Type<E> choice(Class<E> type) {
        Map<String, E> byName = new LinkedHashMap<>();
        for (E constant : type.getEnumConstants()) {
            byName.put(constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'), constant);
        }
        return choice(byName);
    }

    /** One of the given words. */
    public static <T> Type<T> choice(Map<String, T> values) {
        JsonObject schema = schema("string");
        JsonArray names = new JsonArray();
        values.keySet().forEach(names::add);
        schema.add("enum", names);
        String words = (values.size() == 1 ? "" : "one of ") + String.join(", ", values.keySet());
        return new Type<>(words, schema, false, (node, what, problems) -> {
            if (node.kind() != ConfigNode.Kind.SCALAR) {
                problems.error(
                        node,
                        what + " must be " + words + ", not " + node.kind().words());
                return null;
            }
            T value = values.get(node.text());
            if (value == null) {
                String match = Nearest.match(node.text(), values.keySet());
                problems.error(
                        node,
                        what + ": \"" + node.text() + "\" (expected: " + words + ")",
                        match == null ? null : "did you mean \"" + match + "\"?");
            }
            return value;
        });
    }

    /** One value or a list of them; a bad item is reported, the list is then null. */
    public static <T> Type<List<T>> listOf(Type<T> item) {
        JsonObject array = schema("array");
        array.add("items", item.schema());
        JsonObject either = new JsonObject();
        JsonArray any = new JsonArray();
        any.add(item.schema());
        any.add(array);
        either.add("anyOf", any);
        return new Type<>(item.words + ", or a list", either, false, (node, what, problems) -> {
            if (node.kind() != ConfigNode.Kind.SEQUENCE) {
                T single = item.read(node, what, problems);
                return single == null ? null : List.of(single);
            }
            List<T> values = new ArrayList<>();
            for (ConfigNode child : node.items()) {
                T value = item.read(child, what, problems);
                if (value != null) {
                    values.add(value);
                }
            }
            return values.size() == node.items().size() ? List.copyOf(values) : null;
        });
    }

    /** A mapping from names to values of one type; duplicate names are reported. */
    public static <T> Type<Map<String, T>> mapOf(Type<T> item) {
        JsonObject schema = schema("object");
        schema.add("additionalProperties", item.schema());
        return new Type<>("a mapping of names to " + item.words, schema, true, (node, what, problems) -> {
            if (node.kind() != ConfigNode.Kind.MAPPING && node.kind() != ConfigNode.Kind.NULL) {
                problems.error(
                        node,
                        what + " must be a mapping of names, not " + node.kind().words());
                return null;
            }
            Map<String, T> values = new LinkedHashMap<>();
            Map<String, ConfigNode> places = new LinkedHashMap<>();
            boolean good = true;
            for (ConfigNode.Entry entry : node.entries()) {
                String name = entry.key().text();
                ConfigNode first = places.putIfAbsent(name, entry.key());
                if (first != null) {
                    problems.error(
                            entry.key(),
                            "duplicate name \"" + name + "\" in " + what,
                            "first at line " + first.position().line());
                    good = false;
                    continue;
                }
                T value = item.read(entry.value(), "\"" + name + "\" in " + what, problems);
                good &= value != null;
                if (value != null) {
                    values.put(name, value);
                }
            }
            return good ? values : null;
        });
    }

    /** The node itself, for a reader of its own; it may be empty. */
    public static Type<ConfigNode> node(String words, JsonObject schema) {
        return new Type<>(words, schema, true, (node, what, problems) -> node);
    }

    /** The same, of which {@code check} refuses some values by an IllegalArgumentException. */
    public Type<T> checked(UnaryOperator<T> check) {
        return new Type<>(words, schema, takesNothing, (node, what, problems) -> {
            T value = read(node, what, problems);
            try {
                return value == null ? null : check.apply(value);
            } catch (IllegalArgumentException e) {
                problems.error(node, what + ": \"" + node.text() + "\": " + e.getMessage());
                return null;
            }
        });
    }

    /** Converts a node. */
    public @Nullable T read(ConfigNode node, String what, Problems problems) {
        return conversion.read(node, what, problems);
    }

    /** Whether an empty value is meaningful. */
    public boolean takesNothing() {
        return takesNothing;
    }

    /** What the type takes, in words: {@code a port}. */
    public String words() {
        return words;
    }

    /** The JSON Schema of the type. */
    public JsonObject schema() {
        return schema;
    }

    /** What editors take for a number may be written as text too. */
    private static JsonObject number(int min, int max) {
        JsonObject schema = schema("integer", "string");
        schema.addProperty("minimum", min);
        schema.addProperty("maximum", max);
        return schema;
    }

    private static JsonObject schema(String... types) {
        JsonArray any = new JsonArray();
        List.of(types).forEach(any::add);
        JsonObject schema = new JsonObject();
        schema.add("type", any);
        return schema;
    }

    /** A JSON Schema of just a type. */
    public static JsonObject schema(String type) {
        JsonObject schema = new JsonObject();
        schema.addProperty("type", type);
        return schema;
    }
}
