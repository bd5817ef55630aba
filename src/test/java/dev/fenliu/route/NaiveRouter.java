package dev.fenliu.route;

import com.google.re2j.Pattern;
import dev.fenliu.model.Device;
import dev.fenliu.model.Host;
import dev.fenliu.model.Mac;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Matches rules in the most simple way: every rule in order, every condition word by word, and what is not known is tried
 * with every possible answer.
 */
final class NaiveRouter {
    /** Nothing is known of it yet. */
    private static final int OPEN = -1;

    private final List<Rule> rules;
    private final Map<String, Condition> sets;
    private final Predicate<String> isOpen;

    NaiveRouter(List<Rule> rules, Map<String, Condition> sets, Predicate<String> isOpen) {
        this.rules = rules;
        this.sets = sets;
        this.isOpen = isOpen;
    }

    /** The index of the rule that decides, or that needs something, as a negative number below -1. */
    int match(Question question) {
        for (int i = question.fromRule(); ; i++) {
            Rule rule = rules.get(i);
            int threshold = isOpen.test(rule.target()) ? 2 : 1;
            boolean ever = false;
            boolean always = true;
            int leaves = open(rule.condition(), question).size();
            for (int answers = 0; answers < 1 << leaves; answers++) {
                int bits = answers;
                int[] next = {0};
                int value = eval(rule.condition(), question, Condition.LookUp.ASK, n -> bits >> next[0]++ & 1);
                ever |= value >= threshold;
                always &= value >= threshold;
            }
            if (ever) {
                return always ? i : -2 - i;
            }
        }
    }

    private interface Answers {
        int next(int kind);
    }

    private List<Integer> open(Condition condition, Question question) {
        List<Integer> kinds = new ArrayList<>();
        eval(condition, question, Condition.LookUp.ASK, kind -> {
            kinds.add(kind);
            return 0;
        });
        return kinds;
    }

    /** 0 no, 1 nobody knows, 2 yes; no short cuts, so that the open leaves keep their order. */
    private int eval(Condition c, Question q, Condition.LookUp look, Answers answers) {
        if (c instanceof Condition.All all) {
            return all.parts().stream()
                    .mapToInt(part -> eval(part, q, look, answers))
                    .reduce(2, Math::min);
        }
        if (c instanceof Condition.Any any) {
            return any.parts().stream()
                    .mapToInt(part -> eval(part, q, look, answers))
                    .reduce(0, Math::max);
        }
        if (c instanceof Condition.Not not) {
            return 2 - eval(not.part(), q, look, answers);
        }
        if (c instanceof Condition.InSet in) {
            return in.sets().stream()
                    .mapToInt(name -> {
                        Condition set = sets.get(name);
                        return set == null ? 1 : eval(set, q, in.lookUp(), answers);
                    })
                    .reduce(0, Math::max);
        }
        int leaf = leaf(c, q, look);
        return leaf == OPEN ? 2 * answers.next(0) : leaf;
    }

    private static int leaf(Condition c, Question q, Condition.LookUp look) {
        Host host = q.flow().destination().host();
        if (c instanceof Condition.Name name) {
            Optional<String> text = host instanceof Host.Name n
                    ? Optional.of(n.value())
                    : q.sniffed().map(Host.Name::value);
            return yes(text.isPresent() && name.values().stream().anyMatch(v -> named(name.kind(), v, text.get())));
        }
        if (c instanceof Condition.InNetwork in) {
            Predicate<InetAddress> test =
                    address -> in.networks().stream().anyMatch(network -> Networks.contains(network, address));
            if (host instanceof Host.Address address) {
                return yes(test.test(address.value()));
            }
            boolean never = in.lookUp() == Condition.LookUp.NEVER || look == Condition.LookUp.NEVER;
            boolean known = in.lookUp() == Condition.LookUp.KNOWN || look == Condition.LookUp.KNOWN;
            if (never || known && q.addresses().isEmpty()) {
                return 0;
            }
            return q.addresses().map(all -> yes(all.stream().anyMatch(test))).orElse(OPEN);
        }
        if (c instanceof Condition.Port port) {
            int asked = q.flow().destination().port();
            return yes(port.ranges().stream().anyMatch(r -> r.from() <= asked && asked <= r.to()));
        }
        if (c instanceof Condition.Source source) {
            InetAddress client = q.flow().source().getAddress();
            return yes(source.networks().stream().anyMatch(network -> Networks.contains(network, client)));
        }
        if (c instanceof Condition.SourcePort port) {
            int asked = q.flow().source().getPort();
            return yes(port.ranges().stream().anyMatch(r -> r.from() <= asked && asked <= r.to()));
        }
        if (c instanceof Condition.Network network) {
            return yes(network.transports().contains(q.flow().transport()));
        }
        Condition.Word word = (Condition.Word) c;
        return switch (word.kind()) {
            case LISTENER -> yes(word.values().contains(q.flow().listener()));
            case USER -> yes(q.flow().user().filter(word.values()::contains).isPresent());
            case PROTOCOL -> yes(q.protocol().filter(word.values()::contains).isPresent());
            case PROCESS -> q.process().map(p -> yes(word.values().contains(p))).orElse(OPEN);
            case SOURCE_MAC -> device(word, q, device -> device.mac().map(Mac::value));
            case SOURCE_HOSTNAME -> device(word, q, Device::name);
        };
    }

    private static int device(Condition.Word word, Question q, Function<Device, Optional<String>> what) {
        if (q.device().isEmpty()) {
            return OPEN;
        }
        Optional<String> found = what.apply(q.device().get());
        return found.isEmpty() && !q.device().get().complete()
                ? 1
                : yes(found.filter(word.values()::contains).isPresent());
    }

    private static int yes(boolean value) {
        return value ? 2 : 0;
    }

    private static boolean named(Condition.NameKind kind, String value, String host) {
        return switch (kind) {
            case EXACT -> host.equals(value);
            case SUFFIX -> host.equals(value) || host.endsWith("." + value);
            case KEYWORD -> host.contains(value);
            case WILDCARD ->
                host.matches(value.replace(".", "\\.").replace("*", ".*").replace("?", "."));
            case REGEX -> Pattern.compile("(?i)" + value).matcher(host).find();
        };
    }
}
