package dev.fenliu.route;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiPredicate;

/** Compares conditions by what they hold for. Errs on the side of no: a yes is certain. */
final class Coverage {
    private Coverage() {}

    /** Whether {@code wide} holds whenever {@code narrow} does. */
    static boolean covers(Condition wide, Condition narrow) {
        if (wide instanceof Condition.All all) {
            return all.parts().stream().allMatch(part -> covers(part, narrow));
        }
        if (narrow instanceof Condition.Any any) {
            return !any.parts().isEmpty() && any.parts().stream().allMatch(part -> covers(wide, part));
        }
        if (wide instanceof Condition.Any any && any.parts().stream().anyMatch(part -> covers(part, narrow))) {
            return true;
        }
        if (narrow instanceof Condition.All all) {
            return all.parts().stream().anyMatch(part -> covers(wide, part));
        }
        if (wide instanceof Condition.Not not) {
            return narrow instanceof Condition.Not other
                    ? covers(other.part(), not.part())
                    : excludes(not.part(), narrow);
        }
        return leafCovers(wide, narrow);
    }

    private static boolean leafCovers(Condition wide, Condition narrow) {
        if (wide instanceof Condition.Name w && narrow instanceof Condition.Name n) {
            return each(w.values(), n.values(), (v, m) -> nameCovers(w.kind(), v, n.kind(), m));
        }
        if (wide instanceof Condition.InSet w && narrow instanceof Condition.InSet n) {
            return sees(w, n) && w.sets().containsAll(n.sets());
        }
        if (wide instanceof Condition.InNetwork w && narrow instanceof Condition.InNetwork n) {
            return sees(w, n) && each(w.networks(), n.networks(), Networks::covers);
        }
        if (wide instanceof Condition.InCountry w && narrow instanceof Condition.InCountry n) {
            return sees(w, n) && w.codes().containsAll(n.codes());
        }
        if (wide instanceof Condition.InAsn w && narrow instanceof Condition.InAsn n) {
            return sees(w, n) && w.numbers().containsAll(n.numbers());
        }
        if (wide instanceof Condition.Port w && narrow instanceof Condition.Port n) {
            return each(w.ranges(), n.ranges(), PortRange::covers);
        }
        if (wide instanceof Condition.SourcePort w && narrow instanceof Condition.SourcePort n) {
            return each(w.ranges(), n.ranges(), PortRange::covers);
        }
        if (wide instanceof Condition.Source w && narrow instanceof Condition.Source n) {
            return each(w.networks(), n.networks(), Networks::covers);
        }
        if (wide instanceof Condition.Network w && narrow instanceof Condition.Network n) {
            return w.transports().containsAll(n.transports());
        }
        return wide instanceof Condition.Word w
                && narrow instanceof Condition.Word n
                && w.kind() == n.kind()
                && w.values().containsAll(n.values());
    }

    private static boolean sees(Condition wide, Condition narrow) {
        return wide.lookUp().compareTo(narrow.lookUp()) >= 0;
    }

    private static <T> boolean each(List<T> wide, List<T> narrow, BiPredicate<T, T> covers) {
        return narrow.stream().allMatch(n -> wide.stream().anyMatch(w -> covers.test(w, n)));
    }

    private static boolean nameCovers(
            Condition.NameKind wideKind, String wide, Condition.NameKind narrowKind, String narrow) {
        if (wideKind == narrowKind && wide.equals(narrow)) {
            return true;
        }
        return switch (narrowKind) {
            case EXACT -> matches(wideKind, wide, narrow);
            case SUFFIX ->
                switch (wideKind) {
                    case SUFFIX, KEYWORD -> matches(wideKind, wide, narrow);
                    case WILDCARD -> wide.startsWith("*") && Names.fits(narrow, wide);
                    default -> false;
                };
            case KEYWORD -> wideKind == Condition.NameKind.KEYWORD && narrow.contains(wide);
            case WILDCARD ->
                switch (wideKind) {
                    case SUFFIX -> narrow.endsWith("." + wide);
                    case KEYWORD -> narrow.contains(wide);
                    default -> false;
                };
            case REGEX -> false;
        };
    }

    private static boolean matches(Condition.NameKind kind, String value, String name) {
        return switch (kind) {
            case EXACT -> name.equals(value);
            case SUFFIX -> Names.isWithin(name, value);
            case KEYWORD -> name.contains(value);
            case WILDCARD -> Names.fits(name, value);
            case REGEX -> Compiler.matchesAny(List.of(value)).test(name);
        };
    }

    /** Whether the two never hold together. */
    static boolean excludes(Condition a, Condition b) {
        if (a instanceof Condition.Any any) {
            return any.parts().stream().allMatch(part -> excludes(part, b));
        }
        if (b instanceof Condition.Any any) {
            return any.parts().stream().allMatch(part -> excludes(a, part));
        }
        if (a instanceof Condition.All all) {
            return all.parts().stream().anyMatch(part -> excludes(part, b));
        }
        if (b instanceof Condition.All all) {
            return all.parts().stream().anyMatch(part -> excludes(a, part));
        }
        if (a instanceof Condition.Not not) {
            return covers(not.part(), b);
        }
        if (b instanceof Condition.Not not) {
            return covers(not.part(), a);
        }
        return leafExcludes(a, b);
    }

    private static boolean leafExcludes(Condition a, Condition b) {
        if (a instanceof Condition.Name x && b instanceof Condition.Name y) {
            return disjoint(x.values(), y.values(), (v, w) -> nameMeets(x.kind(), v, y.kind(), w));
        }
        if (a instanceof Condition.InNetwork x && b instanceof Condition.InNetwork y) {
            boolean literals = x.lookUp() == Condition.LookUp.NEVER || y.lookUp() == Condition.LookUp.NEVER;
            return literals // a name may have an address in either
                    && disjoint(x.networks(), y.networks(), (v, w) -> Networks.covers(v, w) || Networks.covers(w, v));
        }
        if (a instanceof Condition.Port x && b instanceof Condition.Port y) {
            return disjoint(x.ranges(), y.ranges(), PortRange::meets);
        }
        if (a instanceof Condition.SourcePort x && b instanceof Condition.SourcePort y) {
            return disjoint(x.ranges(), y.ranges(), PortRange::meets);
        }
        if (a instanceof Condition.Source x && b instanceof Condition.Source y) {
            return disjoint(x.networks(), y.networks(), (v, w) -> Networks.covers(v, w) || Networks.covers(w, v));
        }
        if (a instanceof Condition.Network x && b instanceof Condition.Network y) {
            return disjoint(x.transports(), y.transports(), Object::equals);
        }
        return a instanceof Condition.Word x
                && b instanceof Condition.Word y
                && x.kind() == y.kind()
                && disjoint(x.values(), y.values(), String::equalsIgnoreCase);
    }

    private static <T> boolean disjoint(Collection<T> a, Collection<T> b, BiPredicate<T, T> meet) {
        return a.stream().noneMatch(v -> b.stream().anyMatch(w -> meet.test(v, w)));
    }

    /** Whether a name may fit both; true when that is hard to tell. */
    private static boolean nameMeets(Condition.NameKind aKind, String a, Condition.NameKind bKind, String b) {
        if (aKind == Condition.NameKind.EXACT) {
            return matches(bKind, b, a);
        }
        if (bKind == Condition.NameKind.EXACT) {
            return matches(aKind, a, b);
        }
        boolean suffixes = aKind == Condition.NameKind.SUFFIX && bKind == Condition.NameKind.SUFFIX;
        return !suffixes || Names.isWithin(a, b) || Names.isWithin(b, a);
    }

    /** Whether it holds for nothing at all. */
    static boolean isNever(Condition condition) {
        if (condition instanceof Condition.Any any) {
            return any.parts().stream().allMatch(Coverage::isNever);
        }
        if (condition instanceof Condition.All all) {
            List<Condition> parts = flat(all);
            for (int i = 0; i < parts.size(); i++) {
                for (int j = 0; j < i; j++) {
                    if (excludes(parts.get(i), parts.get(j))) {
                        return true;
                    }
                }
            }
            return parts.stream().anyMatch(Coverage::isNever);
        }
        return condition instanceof Condition.Not not && isAlways(not.part());
    }

    /** Whether it holds for everything. */
    static boolean isAlways(Condition condition) {
        if (condition instanceof Condition.All all) {
            return all.parts().stream().allMatch(Coverage::isAlways);
        }
        if (condition instanceof Condition.Any any) {
            return any.parts().stream().anyMatch(Coverage::isAlways);
        }
        if (condition instanceof Condition.Not not) {
            return isNever(not.part());
        }
        return condition instanceof Condition.Network network
                && network.transports().size() == 2;
    }

    /** The parts of a conjunction, those of conjunctions inside it too. */
    static List<Condition> flat(Condition condition) {
        if (!(condition instanceof Condition.All all)) {
            return List.of(condition);
        }
        List<Condition> parts = new ArrayList<>();
        all.parts().forEach(part -> parts.addAll(flat(part)));
        return parts;
    }
}
