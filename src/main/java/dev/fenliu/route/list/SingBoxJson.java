package dev.fenliu.route.list;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** sing-box's rule-set source: {@code {"version": 2, "rules": […]}}, where any list may also be a single value. */
final class SingBoxJson {
    private static final int MAX_DEPTH = 4;

    private final Lines lines;
    private final JsonReader in;
    private boolean started;
    private boolean inside; // the list of rules
    private boolean found;

    private SingBoxJson(byte[] content) {
        this.lines = new Lines(content);
        this.in = new JsonReader(lines);
        in.setStrictness(Strictness.LENIENT); // sing-box takes comments, too
    }

    static void read(byte[] content, Entries out) throws ListFormatException {
        SingBoxJson json = new SingBoxJson(content);
        for (SingBoxRule rule = json.next(); rule != null; rule = json.next()) {
            rule.emit(out);
        }
    }

    private @Nullable SingBoxRule next() throws ListFormatException {
        try {
            return advance();
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw new ListFormatException("line " + lines.number() + ": this is not JSON of a sing-box rule-set");
        }
    }

    /** The next rule of the list {@code rules}, or null at the end of the file. */
    private @Nullable SingBoxRule advance() throws IOException, ListFormatException {
        if (!started) {
            in.beginObject();
            started = true;
        }
        while (true) {
            if (inside) {
                if (in.hasNext()) {
                    return rule(0);
                }
                in.endArray();
                inside = false;
            }
            if (!in.hasNext()) {
                in.endObject();
                if (!found) {
                    throw new ListFormatException("JSON without \"rules\", so it is no sing-box rule-set");
                }
                return null;
            }
            if (in.nextName().equals("rules")) {
                in.beginArray();
                inside = true;
                found = true;
            } else {
                in.skipValue();
            }
        }
    }

    /** Reads one object, whose keys may come in any order: what it is shows at its end. */
    private SingBoxRule rule(int depth) throws IOException, ListFormatException {
        if (depth > MAX_DEPTH) {
            throw new ListFormatException("line " + lines.number() + ": rules nested too deeply");
        }
        SingBoxConditions rule = new SingBoxConditions();
        List<SingBoxRule> rules = new ArrayList<>();
        boolean logical = false;
        boolean and = true;
        boolean invert = false;
        in.beginObject();
        while (in.hasNext()) {
            String key = in.nextName();
            switch (key) {
                case "type" -> {
                    String type = in.nextString();
                    logical = type.equals("logical");
                    if (!logical && !type.isEmpty() && !type.equals("default")) {
                        rule.unknown("type " + type);
                    }
                }
                case "mode" -> {
                    String mode = in.nextString();
                    and = mode.equals("and");
                    if (!and && !mode.equals("or")) {
                        rule.unknown("mode " + mode);
                    }
                }
                case "invert" -> invert = in.nextBoolean();
                case "rules" -> nested(rules, depth + 1);
                default -> condition(key, rule);
            }
        }
        in.endObject();
        if (logical && !rule.isUnknown()) {
            return new SingBoxLogical(and, rules, invert, lines.number());
        }
        if (!rules.isEmpty()) {
            rule.unknown("rules");
        }
        rule.invert(invert);
        rule.line(lines.number());
        return rule;
    }

    private void nested(List<SingBoxRule> rules, int depth) throws IOException, ListFormatException {
        in.beginArray();
        while (in.hasNext()) {
            SingBoxLogical.requireRoom(rules);
            rules.add(rule(depth));
        }
        in.endArray();
    }

    private void condition(String key, SingBoxConditions rule) throws IOException {
        switch (key) {
            case "domain" -> each(text -> rule.destination(EntryKind.DOMAIN, text, lines.number()));
            case "domain_suffix" -> each(text -> rule.suffix(text, lines.number()));
            case "domain_keyword" -> each(text -> rule.destination(EntryKind.DOMAIN_KEYWORD, text, lines.number()));
            case "domain_regex" -> each(text -> rule.destination(EntryKind.DOMAIN_REGEX, text, lines.number()));
            case "ip_cidr" -> each(text -> rule.destination(EntryKind.IP_CIDR, text, lines.number()));
            case "source_ip_cidr" -> each(rule::source);
            case "port", "port_range" -> each(rule::port);
            case "source_port", "source_port_range" -> each(rule::sourcePort);
            case "network" -> each(rule::network);
            case "process_name" -> each(rule::process);
            default -> {
                if (!isUnset()) {
                    rule.unknown(key);
                }
            }
        }
    }

    /** Passes over a value; whether it is one that sets no condition: false, null or an empty list. */
    private boolean isUnset() throws IOException {
        switch (in.peek()) {
            case NULL -> {
                in.nextNull();
                return true;
            }
            case BOOLEAN -> {
                return !in.nextBoolean();
            }
            case BEGIN_ARRAY -> {
                in.beginArray();
                boolean empty = !in.hasNext();
                while (in.hasNext()) {
                    in.skipValue();
                }
                in.endArray();
                return empty;
            }
            default -> {
                in.skipValue();
                return false;
            }
        }
    }

    /** One text or number, or a list of them. */
    private void each(Consumer<String> sink) throws IOException {
        if (in.peek() != JsonToken.BEGIN_ARRAY) {
            sink.accept(in.nextString());
            return;
        }
        in.beginArray();
        while (in.hasNext()) {
            if (in.peek() == JsonToken.NULL) { // what lenient reading makes of a comma before the end
                in.nextNull();
            } else {
                sink.accept(in.nextString());
            }
        }
        in.endArray();
    }

    /** Gives the parser no more than one line at a time, so that the line of a value is known when it is read. */
    private static final class Lines extends Reader {
        private final TextLines lines;
        private String line = "";
        private int at;

        Lines(byte[] content) {
            this.lines = new TextLines(content);
        }

        int number() {
            return lines.number();
        }

        @Override
        public int read(char[] buffer, int from, int length) {
            while (at == line.length()) {
                if (!lines.advance()) {
                    return -1;
                }
                line = lines.whole() + "\n";
                at = 0;
            }
            int count = Math.min(length, line.length() - at);
            line.getChars(at, at + count, buffer, from);
            at += count;
            return count;
        }

        @Override
        public void close() {}
    }
}
