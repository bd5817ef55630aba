package dev.fenliu.route;

import dev.fenliu.model.Addresses;
import dev.fenliu.route.list.Cidr;
import dev.fenliu.route.list.EntryKind;
import dev.fenliu.route.list.ListFormatException;
import dev.fenliu.route.list.ListSink;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The entries of a list with their lines, read again from its text to tell which one a host is in. Large: made for an
 * explanation, and thrown away after it.
 */
final class ListEntries {
    private record Line(int number, String value) {}

    private record Test(Matcher matcher, Line line) {}

    private final String file;
    private final IntFunction<String> lines;
    private final Map<String, Line> exact = new HashMap<>();
    private final Map<String, Line> child = new HashMap<>();
    private final Map<String, Line> below = new HashMap<>();
    private final List<Test> others = new ArrayList<>();

    private ListEntries(String file, IntFunction<String> lines) {
        this.file = file;
        this.lines = lines;
    }

    static ListEntries read(ListSource source, Geo geo) throws IOException, ListFormatException {
        ListEntries entries = new ListEntries(source.file(), source.lines());
        source.read(entries.new Collector(geo));
        return entries;
    }

    /** The entry that names the destination: the most special name, else the first other entry in the file. */
    Optional<ListEntry> find(Facts facts) {
        String name = facts.name();
        if (name != null) {
            Line found = exact.get(name);
            if (found == null) {
                found = child.get(name.substring(name.indexOf('.') + 1));
            }
            for (int dot = name.indexOf('.'); found == null && dot >= 0; dot = name.indexOf('.', dot + 1)) {
                found = below.get(name.substring(dot + 1));
            }
            if (found != null) {
                return Optional.of(entry(found));
            }
        }
        for (Test test : others) {
            if (test.matcher.test(facts) == Truth.YES) {
                return Optional.of(entry(test.line));
            }
        }
        return Optional.empty();
    }

    /** Shows the line only if it holds the entry: the file may have changed, or be packed. */
    private ListEntry entry(Line line) {
        String text = lines.apply(line.number).strip();
        boolean foreign = text.chars().anyMatch(c -> c >= 0x80) && text.indexOf('\ufffd') < 0;
        boolean holds = text.toLowerCase(Locale.ROOT).contains(line.value.toLowerCase(Locale.ROOT));
        return new ListEntry(file, line.number, holds || foreign ? text : line.value);
    }

    private final class Collector implements ListSink {
        private final Compiler compiler;
        private final Scope scope;

        Collector(Geo geo) {
            this.compiler = new Compiler(Map.of(), geo);
            this.scope = Scope.ofList(geo);
        }

        @Override
        public void entry(EntryKind kind, String value, int number) {
            Line line = new Line(number, value);
            switch (kind) {
                case DOMAIN -> exact.putIfAbsent(value, line);
                case DOMAIN_SUFFIX -> {
                    exact.putIfAbsent(value, line);
                    below.putIfAbsent(value, line);
                }
                case DOMAIN_BELOW -> below.putIfAbsent(value, line);
                case DOMAIN_CHILD -> child.putIfAbsent(value, line);
                case DOMAIN_KEYWORD -> named(Condition.NameKind.KEYWORD, line);
                case DOMAIN_WILDCARD -> named(Condition.NameKind.WILDCARD, line);
                case DOMAIN_REGEX -> named(Condition.NameKind.REGEX, line);
                case IP_CIDR -> network(Condition.LookUp.ASK, line);
                case IP_CIDR_KNOWN -> network(Condition.LookUp.KNOWN, line);
                case CLASH_LINE -> line(line);
            }
        }

        private void named(Condition.NameKind kind, Line line) {
            try {
                if (kind == Condition.NameKind.REGEX) {
                    ConditionValues.regex(line.value);
                }
            } catch (RuleSyntaxException e) {
                return; // was skipped when the list was loaded, too
            }
            Condition condition = new Condition.Name(kind, List.of(line.value));
            others.add(new Test(compiler.compile(condition), line));
        }

        private void network(Condition.LookUp lookUp, Line line) {
            Cidr network = Cidr.parse(line.value);
            if (network != null) {
                others.add(new Test(Compiler.address(address -> Networks.contains(network, address), lookUp), line));
            }
        }

        private void line(Line line) {
            try {
                others.add(new Test(compiler.compile(ClashLine.condition(line.value, scope)), line));
            } catch (RuleSyntaxException e) {
                // was skipped when the list was loaded, too
            }
        }

        @Override
        public void range(InetAddress from, InetAddress to, int number) {
            byte[] low = from.getAddress();
            byte[] high = to.getAddress();
            String text = Addresses.text(from) + "-" + Addresses.text(to);
            Matcher matcher = Compiler.address(
                    address -> {
                        byte[] bytes = address.getAddress();
                        return bytes.length == low.length
                                && Arrays.compareUnsigned(bytes, low) >= 0
                                && Arrays.compareUnsigned(bytes, high) <= 0;
                    },
                    Condition.LookUp.ASK);
            others.add(new Test(matcher, new Line(number, text)));
        }

        @Override
        public void except(EntryKind kind, String value, int number) {
            // whoever asks knows that the list as a whole matched
        }

        @Override
        public void bad(int number, String text, String why) {
            // was told when the list was loaded
        }
    }
}
