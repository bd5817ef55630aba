package dev.fenliu.leak;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.IDN;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Forty names that the rules of the laboratory tunnel, each kind of rule some. */
final class Canaries {
    static final List<String> ALL = text("canaries.txt").lines().toList();

    private static final Map<String, List<String>> TRACES = traces();

    private Canaries() {}

    static String text(String resource) {
        try (var in = Canaries.class.getResourceAsStream("/leak/" + resource)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A name of its own for each entrance, others for the next scenario. */
    static Map<String, String> forScenario(int number, List<String> entrances) {
        Map<String, String> names = new LinkedHashMap<>();
        for (int i = 0; i < entrances.size(); i++) {
            names.put(entrances.get(i), ALL.get((number * 7 + i) % ALL.size()));
        }
        return names;
    }

    /** How a name looks in TLS, HTTP or text, and in DNS: labels behind their length. */
    private static Map<String, List<String>> traces() {
        Map<String, List<String>> traces = new LinkedHashMap<>();
        for (String name : ALL) {
            StringBuilder labels = new StringBuilder();
            for (String label : name.split("\\.", -1)) {
                labels.append((char) label.length()).append(label);
            }
            List<String> forms = new ArrayList<>(List.of(name, labels.toString()));
            String unicode = IDN.toUnicode(name);
            if (!unicode.equals(name)) {
                forms.add(new String(unicode.getBytes(UTF_8), ISO_8859_1));
            }
            traces.put(name, forms);
        }
        return traces;
    }

    /** The names that some bytes hold, in any of their forms and in any letter case. */
    static Set<String> in(String bytes) {
        String text = bytes.toLowerCase(Locale.ROOT);
        Set<String> found = new TreeSet<>();
        TRACES.forEach((name, forms) -> {
            if (forms.stream().anyMatch(text::contains)) {
                found.add(name);
            }
        });
        return found;
    }
}
