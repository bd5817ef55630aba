package dev.fenliu.route;

import com.google.re2j.Pattern;
import dev.fenliu.model.Device;
import dev.fenliu.model.Mac;
import dev.fenliu.model.Transport;
import dev.fenliu.route.list.Cidr;
import dev.fenliu.route.list.CidrSet;
import dev.fenliu.route.list.DomainRegex;
import dev.fenliu.route.list.DomainSet;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Turns conditions into {@link Matcher}s. */
final class Compiler {
    private static final int FEW = 8;

    private final Map<String, RuleSet> sets;
    private final Geo geo;

    /** @param sets the rule-sets that have a copy, by name */
    Compiler(Map<String, RuleSet> sets, Geo geo) {
        this.sets = sets;
        this.geo = geo;
    }

    Matcher compile(Condition condition) {
        if (condition instanceof Condition.Name name) {
            return name(name);
        }
        if (condition instanceof Condition.InSet in) {
            return inSet(in);
        }
        if (condition instanceof Condition.InNetwork in) {
            return address(inNetworks(in.networks()), in.lookUp());
        }
        if (condition instanceof Condition.InCountry in) {
            List<String> codes = in.codes();
            return address(address -> codes.stream().anyMatch(code -> geo.isIn(address, code)), in.lookUp());
        }
        if (condition instanceof Condition.InAsn in) {
            List<Long> numbers = in.numbers();
            return address(address -> numbers.contains(geo.asn(address)), in.lookUp());
        }
        if (condition instanceof Condition.All all) {
            return all(parts(all.parts()));
        }
        if (condition instanceof Condition.Any any) {
            return any(parts(any.parts()));
        }
        if (condition instanceof Condition.Not not) {
            Matcher part = compile(not.part());
            return facts -> Truth.not(part.test(facts));
        }
        return flow(condition);
    }

    /** A condition about the flow, not its host. */
    private static Matcher flow(Condition condition) {
        if (condition instanceof Condition.Port port) {
            return facts -> Truth.of(isIn(facts.flow().destination().port(), port.ranges()));
        }
        if (condition instanceof Condition.Source source) {
            Predicate<InetAddress> networks = inNetworks(source.networks());
            return facts -> Truth.of(networks.test(facts.flow().source().getAddress()));
        }
        if (condition instanceof Condition.SourcePort port) {
            return facts -> Truth.of(isIn(facts.flow().source().getPort(), port.ranges()));
        }
        if (condition instanceof Condition.Network network) {
            Set<Transport> transports = network.transports();
            return facts -> Truth.of(transports.contains(facts.flow().transport()));
        }
        return word((Condition.Word) condition);
    }

    private Matcher[] parts(List<Condition> parts) {
        return parts.stream()
                .sorted(Comparator.comparingInt(Compiler::cost))
                .map(this::compile)
                .toArray(Matcher[]::new);
    }

    /** What is cheap is asked first. */
    private static int cost(Condition condition) {
        if (condition instanceof Condition.Name name) {
            return name.kind() == Condition.NameKind.REGEX ? 5 : 2;
        }
        if (condition instanceof Condition.InSet || condition instanceof Condition.InNetwork) {
            return 3;
        }
        boolean geo = condition instanceof Condition.InCountry || condition instanceof Condition.InAsn;
        boolean tree = condition instanceof Condition.All
                || condition instanceof Condition.Any
                || condition instanceof Condition.Not;
        return tree || geo ? 4 : 1;
    }

    static Matcher all(Matcher... parts) {
        return facts -> {
            int truth = Truth.YES;
            for (Matcher part : parts) {
                truth = Truth.and(truth, part.test(facts));
                if (truth == Truth.NO) {
                    return truth;
                }
            }
            return truth;
        };
    }

    static Matcher any(Matcher... parts) {
        return facts -> {
            int truth = Truth.NO;
            for (Matcher part : parts) {
                truth = Truth.or(truth, part.test(facts));
                if (truth == Truth.YES) {
                    return truth;
                }
            }
            return truth;
        };
    }

    /** A condition about the host's name; open while the first bytes may still bring one. */
    static Matcher onName(Predicate<String> test) {
        return facts -> {
            String name = facts.name();
            if (name == null) {
                return facts.awaitsBytes() ? Truth.open(Truth.FIRST_BYTES) : Truth.NO;
            }
            return Truth.of(test.test(name));
        };
    }

    /** A condition about the destination's address, or about any address of its name. */
    static Matcher address(Predicate<InetAddress> test, Condition.LookUp lookUp) {
        return facts -> {
            if (facts.literal() != null) {
                return Truth.of(test.test(facts.literal()));
            }
            List<InetAddress> resolved = facts.resolved();
            if (lookUp == Condition.LookUp.NEVER || resolved == null && lookUp == Condition.LookUp.KNOWN) {
                return Truth.NO;
            }
            return resolved == null
                    ? Truth.open(Truth.ADDRESSES)
                    : Truth.of(resolved.stream().anyMatch(test));
        };
    }

    private static Matcher name(Condition.Name name) {
        List<String> values = name.values();
        return onName(
                switch (name.kind()) {
                    case EXACT, SUFFIX -> inNames(values, name.kind() == Condition.NameKind.SUFFIX);
                    case KEYWORD -> host -> values.stream().anyMatch(host::contains);
                    case WILDCARD -> host -> values.stream().anyMatch(pattern -> Names.fits(host, pattern));
                    case REGEX -> matchesAny(values);
                });
    }

    private static Predicate<String> inNames(List<String> values, boolean below) {
        if (values.size() > FEW) {
            DomainSet.Builder builder = DomainSet.builder();
            for (String value : values) {
                if (below) {
                    builder.suffix(value);
                } else {
                    builder.exact(value);
                }
            }
            return builder.build()::contains;
        }
        return below ? host -> values.stream().anyMatch(value -> Names.isWithin(host, value)) : values::contains;
    }

    /** The expressions were checked when they were read. */
    static Predicate<String> matchesAny(List<String> regexes) {
        List<Pattern> patterns = regexes.stream().map(DomainRegex::compile).toList();
        return host -> {
            for (Pattern pattern : patterns) {
                if (pattern.matcher(host).find()) {
                    return true;
                }
            }
            return false;
        };
    }

    private Matcher inSet(Condition.InSet in) {
        Matcher[] members = in.sets().stream()
                .map(name -> {
                    RuleSet set = sets.get(name);
                    return set == null ? (Matcher) facts -> Truth.MISSING : set.matcher();
                })
                .toArray(Matcher[]::new);
        Matcher any = any(members);
        return in.lookUp() == Condition.LookUp.ASK ? any : facts -> any.test(facts.seenBy(in.lookUp()));
    }

    private static Predicate<InetAddress> inNetworks(List<Cidr> networks) {
        if (networks.size() > FEW) {
            CidrSet.Builder builder = CidrSet.builder();
            networks.forEach(network -> builder.add(network.network(), network.prefix()));
            return builder.build()::contains;
        }
        return address -> networks.stream().anyMatch(network -> Networks.contains(network, address));
    }

    private static boolean isIn(int port, List<PortRange> ranges) {
        for (PortRange range : ranges) {
            if (range.contains(port)) {
                return true;
            }
        }
        return false;
    }

    private static Matcher word(Condition.Word word) {
        List<String> values = word.values();
        return switch (word.kind()) {
            case LISTENER -> facts -> Truth.of(values.contains(facts.flow().listener()));
            case USER ->
                facts -> Truth.of(facts.flow().user().filter(values::contains).isPresent());
            case PROTOCOL ->
                facts -> {
                    String protocol = facts.protocol();
                    boolean open = protocol == null && facts.awaitsBytes();
                    return open
                            ? Truth.open(Truth.FIRST_BYTES)
                            : Truth.of(protocol != null && values.contains(protocol));
                };
            case PROCESS ->
                facts -> {
                    String process = facts.process();
                    return process == null
                            ? Truth.open(Truth.PROCESS)
                            : Truth.of(values.stream().anyMatch(process::equalsIgnoreCase));
                };
            case SOURCE_MAC -> device(values, device -> device.mac().map(Mac::value));
            case SOURCE_HOSTNAME -> device(values, Device::name);
        };
    }

    /** What cannot be found out of a device is like a list without a copy: no rule lets anything out for it. */
    private static Matcher device(List<String> values, Function<Device, Optional<String>> what) {
        return facts -> {
            Device device = facts.device();
            if (device == null) {
                return Truth.open(Truth.DEVICE);
            }
            Optional<String> found = what.apply(device);
            return found.isEmpty() && !device.complete()
                    ? Truth.MISSING
                    : Truth.of(found.filter(values::contains).isPresent());
        };
    }
}
