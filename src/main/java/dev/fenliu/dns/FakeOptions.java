package dev.fenliu.dns;

import dev.fenliu.model.Host;
import java.util.Set;

/**
 * Whether DNS clients are told fake addresses of names that a rule sends to a tunnel.
 *
 * @param ranges where those are
 * @param except names that keep their real addresses, with all below
 */
public record FakeOptions(boolean on, FakeRanges ranges, Set<String> except) {
    /** Nobody is. */
    public static final FakeOptions OFF = new FakeOptions(false, FakeRanges.DEFAULT, Set.of());

    static final FakeOptions ON = new FakeOptions(true, FakeRanges.DEFAULT, Set.of());

    public FakeOptions {
        except = Set.copyOf(except);
    }

    /** Whether a name that a rule sends to a tunnel has a fake address. */
    public boolean cover(Host.Name name) {
        return on && !RebindingGuard.isBelow(except, name.value());
    }

    @Override
    public String toString() {
        return on ? ranges + " except " + except : "no";
    }
}
