package dev.fenliu.route;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.route.list.ListFormat;
import dev.fenliu.route.list.ListFormatException;
import dev.fenliu.route.list.ListReader;
import dev.fenliu.route.list.ListSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where a rule-set's entries come from. It can be read again, so that an entry is explained from the text itself and no
 * rule-set has to keep it in memory.
 */
public interface ListSource {
    /** Gives the bytes of a list, again and again. */
    @FunctionalInterface
    interface Content {
        byte[] read() throws IOException;
    }

    /** The file that messages name. */
    String file();

    /**
     * Hands all entries to the sink.
     *
     * @throws ListFormatException if there is no good one, or the whole cannot be read
     */
    void read(ListSink sink) throws IOException, ListFormatException;

    /** The text of a line by its number from 1, empty where there is none. */
    IntFunction<String> lines() throws IOException;

    /**
     * A file, or the copy of a remote list.
     *
     * @param format null to recognise it
     * @param code which list of a file of many, else empty
     */
    static ListSource of(String file, @Nullable ListFormat format, String code, Content content) {
        return new ListSource() {
            @Override
            public String file() {
                return file;
            }

            @Override
            public void read(ListSink sink) throws IOException, ListFormatException {
                ListReader.read(content.read(), format, code, sink);
            }

            @Override
            public IntFunction<String> lines() throws IOException {
                String[] lines = new String(content.read(), StandardCharsets.UTF_8).split("\r\n|\r|\n", -1);
                return line -> line < 1 || line > lines.length ? "" : lines[line - 1];
            }
        };
    }

    /** The {@code entries} of a rule-set in the configuration: names, networks and Clash lines. */
    static ListSource of(List<ConfigNode> entries) {
        return new ListSource() {
            @Override
            public String file() {
                return entries.isEmpty() ? "" : entries.get(0).position().file();
            }

            @Override
            public void read(ListSink sink) throws ListFormatException {
                for (ConfigNode entry : entries) {
                    PlacedSink placed = new PlacedSink(sink, entry.position().line());
                    try {
                        ListReader.read(entry.text().getBytes(StandardCharsets.UTF_8), ListFormat.TEXT, "", placed);
                    } catch (ListFormatException e) {
                        if (!placed.hasBad()) {
                            placed.bad(0, entry.text(), String.valueOf(e.getMessage()));
                        }
                    }
                }
            }

            @Override
            public IntFunction<String> lines() {
                Map<Integer, String> lines = new HashMap<>();
                entries.forEach(entry ->
                        lines.merge(entry.position().line(), entry.text(), (first, next) -> first + ", " + next));
                return line -> lines.getOrDefault(line, "");
            }
        };
    }
}
