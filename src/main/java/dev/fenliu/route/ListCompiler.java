package dev.fenliu.route;

import dev.fenliu.config.Position;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Remark;
import dev.fenliu.route.list.CidrSet;
import dev.fenliu.route.list.DomainSet;
import dev.fenliu.route.list.EntryKind;
import dev.fenliu.route.list.ListSink;
import dev.fenliu.route.list.PackedNames;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Collects the entries of one list and compiles them. Confined to one load. */
final class ListCompiler implements ListSink {
    private static final int SHOWN = 5;

    private final String file;
    private final Compiler compiler;
    private final Scope scope;
    private final Side named = new Side();
    private final Side excepted = new Side();
    private final List<Problem> firstSkipped = new ArrayList<>();
    private int entries;
    private int skipped;

    ListCompiler(String file, Geo geo) {
        this.file = file;
        this.compiler = new Compiler(Map.of(), geo);
        this.scope = Scope.ofList(geo);
    }

    @Override
    public void entry(EntryKind kind, String value, int line) {
        add(named, kind, value, line);
    }

    @Override
    public void except(EntryKind kind, String value, int line) {
        add(excepted, kind, value, line);
    }

    @Override
    public void range(InetAddress from, InetAddress to, int line) {
        named.networks.addRange(from, to);
        entries++;
    }

    @Override
    public void bad(int line, String text, String why) {
        skipped++;
        if (firstSkipped.size() < SHOWN) {
            Position position = new Position(file, line, line == 0 ? 0 : 1);
            Remark remark = Remark.of("list-line-skipped").with("text", text).with("why", why);
            firstSkipped.add(new Problem(
                    Problem.Severity.WARNING, position, "\"" + text + "\" is skipped: " + why, null, null, remark));
        }
    }

    private void add(Side side, EntryKind kind, String value, int line) {
        try {
            side.add(kind, value);
            entries++;
        } catch (RuleSyntaxException e) {
            bad(line, value, e.reason());
        }
    }

    int entries() {
        return entries;
    }

    List<Problem> firstSkipped() {
        return List.copyOf(firstSkipped);
    }

    CompiledList list() {
        if (skipped == 0 && named.names.size() == entries) {
            return CompiledList.of(new PackedNames(named.names.build(), entries), few());
        }
        Matcher in = named.matcher();
        Matcher matcher = excepted.parts == 0 ? in : except(in, excepted.matcher());
        return new CompiledList(matcher, entries, skipped, firstSkipped(), Optional.empty(), few());
    }

    private @Nullable NameList few() {
        int names = named.exact.size() + named.suffixes.size();
        return names == entries && names <= NameList.FEW
                ? new NameList(List.copyOf(named.exact), List.copyOf(named.suffixes))
                : null;
    }

    private static Matcher except(Matcher in, Matcher out) {
        return Compiler.all(in, facts -> Truth.not(out.test(facts)));
    }

    /** What the list names, or what it excepts. */
    private final class Side {
        private final DomainSet.Builder names = DomainSet.builder();
        private final CidrSet.Builder networks = CidrSet.builder();
        private final CidrSet.Builder knownNetworks = CidrSet.builder();
        private final List<String> exact = new ArrayList<>();
        private final List<String> suffixes = new ArrayList<>();
        private final List<String> keywords = new ArrayList<>();
        private final List<String> wildcards = new ArrayList<>();
        private final List<String> regexes = new ArrayList<>();
        private final List<Matcher> lines = new ArrayList<>();
        private int parts;

        void add(EntryKind kind, String value) throws RuleSyntaxException {
            switch (kind) {
                case DOMAIN -> {
                    names.exact(value);
                    keep(exact, value);
                }
                case DOMAIN_SUFFIX -> {
                    names.suffix(value);
                    keep(suffixes, value);
                }
                case DOMAIN_BELOW -> names.below(value);
                case DOMAIN_CHILD -> names.child(value);
                case DOMAIN_KEYWORD -> keywords.add(value);
                case DOMAIN_WILDCARD -> wildcards.add(value);
                case DOMAIN_REGEX -> regexes.add(ConditionValues.regex(value));
                case IP_CIDR -> networks.add(ConditionValues.network(value));
                case IP_CIDR_KNOWN -> knownNetworks.add(ConditionValues.network(value));
                case CLASH_LINE -> lines.add(compiler.compile(ClashLine.condition(value, scope)));
            }
            parts++;
        }

        /** Keeps a few as text too. */
        private void keep(List<String> texts, String value) {
            if (texts.size() <= NameList.FEW) {
                texts.add(value);
            }
        }

        Matcher matcher() {
            List<Matcher> all = new ArrayList<>();
            DomainSet set = names.build();
            Predicate<String> byName = set::contains;
            if (!keywords.isEmpty()) {
                byName = byName.or(host -> keywords.stream().anyMatch(host::contains));
            }
            if (!wildcards.isEmpty()) {
                byName = byName.or(host -> wildcards.stream().anyMatch(pattern -> Names.fits(host, pattern)));
            }
            if (!regexes.isEmpty()) {
                byName = byName.or(Compiler.matchesAny(regexes));
            }
            if (!set.isEmpty() || keywords.size() + wildcards.size() + regexes.size() > 0) {
                all.add(Compiler.onName(byName));
            }
            add(knownNetworks.build(), Condition.LookUp.KNOWN, all);
            add(networks.build(), Condition.LookUp.ASK, all);
            all.addAll(lines);
            return Compiler.any(all.toArray(Matcher[]::new));
        }

        private static void add(CidrSet networks, Condition.LookUp lookUp, List<Matcher> all) {
            if (!networks.isEmpty()) {
                all.add(Compiler.address(networks::contains, lookUp));
            }
        }
    }
}
