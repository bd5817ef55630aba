package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.ExitRule;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a group of the config. */
public final class GroupReader {
    private static final Type<Check.Statuses> STATUSES =
            Type.of("a status such as 204, or a range: 200-204", Type.TEXT.schema(), (node, what, problems) -> {
                try {
                    return Check.Statuses.parse(node.text());
                } catch (IllegalArgumentException e) {
                    problems.error(node, what + ": " + e.getMessage());
                    return null;
                }
            });

    static final Key<GroupPlan.Kind> TYPE = Key.required(
            "type",
            Type.choice(GroupPlan.Kind.class),
            "`select`: the member that was chosen, at first the first; `fallback`: the first that works; `fastest`: the"
                    + " fastest, which is left only when others are clearly faster for some time; `load-balance`: all of"
                    + " them, as `strategy` says.");
    static final Key<List<String>> MEMBERS =
            Key.required("members", Type.listOf(Type.TEXT), "Outbounds and groups, in order.");
    static final Key<GroupPlan.Strategy> STRATEGY = Key.withDefault(
            "strategy",
            Type.choice(GroupPlan.Strategy.class),
            GroupPlan.Strategy.HASH,
            "Of `load-balance`. `hash`: a site is always carried by the same member; `round-robin`: in turn, a flow each;"
                    + " `sticky`: a client keeps its member for a site until it has not gone there for ten minutes.");
    static final Key<Duration> TOLERANCE = Key.withDefault(
            "tolerance",
            Type.DURATION,
            Duration.ofMillis(50),
            "Of `fastest`: what another must be faster by to be worth a change.");

    static final Key<URI> URL = Key.withDefault(
            "url",
            ConfigKeys.WEB,
            Check.DEFAULT.url(),
            "What is asked for through the member, which resolves its name.");
    static final Key<Duration> EVERY = Key.withDefault(
            "every",
            Type.DURATION.checked(GroupReader::rarely),
            Check.EVERY,
            "How long a member that no flow has used is left alone; one that flows use shows by them how it does.");
    static final Key<Duration> TIMEOUT = Key.withDefault(
            "timeout", Type.DURATION.checked(GroupReader::soon), Check.TIMEOUT, "How long the answer may take.");
    static final Key<List<Check.Statuses>> EXPECT =
            Key.withDefault("expect", Type.listOf(STATUSES), Check.DEFAULT.expect(), "The statuses of a good answer.");

    private static final Type<String> COUNTRY_CODE = Type.text("a country's two letters, such as US", "[A-Z]{2}");

    static final Key<List<String>> COUNTRY = Key.withDefault(
            "country",
            Type.listOf(COUNTRY_CODE),
            List.of(),
            "Where the exit of a member must be, by a trace page (lines `ip=` and `loc=`) at `url`, which is that of"
                    + " chatgpt.com then if absent; no other member is used.");
    static final Key<List<String>> NOT_COUNTRY =
            Key.withDefault("not-country", Type.listOf(COUNTRY_CODE), List.of(), "The same: where it must not be.");

    static final Key<Boolean> DOCTOR = Key.withDefault(
            "doctor",
            Type.choice(Map.of("chatgpt", true)),
            false,
            "`chatgpt`: what `fenliu doctor chatgpt` finds through the member, in the place of a page; every half hour if"
                    + " `every` does not say otherwise, whether flows use it or not. A member through which ChatGPT does"
                    + " not work is not used.");

    /** The keys of {@code check:}. */
    public static final List<Key<?>> CHECK_KEYS = List.of(URL, EVERY, TIMEOUT, EXPECT, COUNTRY, NOT_COUNTRY, DOCTOR);

    private static final Key<String> EXIT_LOCK = Key.optional(
            "exit-lock",
            Type.scalar("country, address, a country's two letters, or an address", GroupReader::lockable),
            "Keeps to one exit: `country` or `address` for the first that is seen, or the one that is written. Another is"
                    + " refused until it is written here.");

    private static final Key<ConfigNode> CHECK = Key.optional(
            "check",
            Type.node("a mapping, or `off`", Type.schema("object")),
            "How members are tried out while no flow tells how they do; `off` for not at all, as it is for `select` unless"
                    + " this is given.");

    private static final Key<List<String>> MEMBERS_TOO =
            Key.optional(MEMBERS.name(), MEMBERS.type(), MEMBERS.help() + " May be left out with `use`.");

    /** The keys of a group. */
    public static final List<Key<?>> KEYS = keys(MEMBERS_TOO);

    /** Those of a group that uses no subscription. */
    private static final List<Key<?>> PLAIN_KEYS = keys(MEMBERS);

    private GroupReader() {}

    private static List<Key<?>> keys(Key<List<String>> members) {
        return List.of(
                TYPE,
                members,
                ConfigKeys.USE,
                ConfigKeys.FILTER,
                ConfigKeys.EXCLUDE,
                STRATEGY,
                TOLERANCE,
                CHECK,
                EXIT_LOCK);
    }

    /**
     * Reads {@code node}; null when a problem was reported.
     *
     * @param uses gets what the group takes from subscriptions
     */
    static @Nullable GroupPlan read(
            String name,
            ConfigNode node,
            SubscriptionReader subscriptions,
            Map<String, GroupUse> uses,
            Problems problems) {
        String what = "group \"" + name + "\"";
        boolean named = node.get(ConfigKeys.USE.name()) == null;
        Section group = Section.open(node, what, named ? PLAIN_KEYS : KEYS, problems);
        GroupPlan.Kind kind = group == null ? null : group.get(TYPE);
        List<String> members = group == null ? null : group.get(MEMBERS);
        Optional<GroupUse> use = group == null ? Optional.empty() : subscriptions.use(group);
        if (group == null || kind == null || members == null && use.isEmpty()) {
            return null;
        }
        use.ifPresent(nodes -> uses.put(name, nodes));
        onlyOf(GroupPlan.Kind.LOAD_BALANCE, "load-balance", STRATEGY, kind, group);
        onlyOf(GroupPlan.Kind.FASTEST, "fastest", TOLERANCE, kind, group);
        if (named && members != null && members.isEmpty()) {
            problems.warning(
                    node,
                    Remark.of("group-empty").with("group", name),
                    what + " has no member: what is sent to it is refused",
                    "add an outbound to its `members`");
        }
        Section check = checks(group, kind);
        return new GroupPlan(
                name,
                kind,
                members == null ? List.of() : members,
                group.value(STRATEGY),
                group.value(TOLERANCE),
                check(group, kind, check),
                exits(group, members == null ? List.of() : members, check),
                node);
    }

    private static void onlyOf(GroupPlan.Kind its, String word, Key<?> key, GroupPlan.Kind kind, Section group) {
        if (group.has(key) && kind != its) {
            group.problems()
                    .error(
                            group.at(key),
                            "\"" + key.name() + "\" in " + group.what() + " is of no use: only groups of type " + word
                                    + " have it");
        }
    }

    /** The section {@code check:}, if there is one that can be read. */
    private static @Nullable Section checks(Section group, GroupPlan.Kind kind) {
        ConfigNode node = group.get(CHECK);
        if (node == null || isOff(node)) {
            if (node != null && kind == GroupPlan.Kind.FASTEST) {
                group.problems()
                        .error(node, group.what() + " needs checks: how else would it know which member is fastest?");
            }
            return null;
        }
        return Section.open(node, "\"check\" in " + group.what(), CHECK_KEYS, group.problems());
    }

    private static boolean isOff(ConfigNode node) {
        return node.kind() == ConfigNode.Kind.SCALAR
                && List.of("off", "no", "false").contains(node.text());
    }

    private static Optional<Check> check(Section group, GroupPlan.Kind kind, @Nullable Section check) {
        if (check != null) {
            return Optional.of(
                    check.value(DOCTOR) ? doctor(check) : page(check, check.has(COUNTRY) || check.has(NOT_COUNTRY)));
        }
        return kind == GroupPlan.Kind.SELECT || group.has(CHECK) ? Optional.empty() : Optional.of(Check.DEFAULT);
    }

    private static Check doctor(Section check) {
        for (Key<?> key : List.of(URL, TIMEOUT, EXPECT)) {
            if (check.has(key)) {
                check.problems()
                        .error(
                                check.at(key),
                                "\"" + key.name() + "\" in " + check.what()
                                        + " is of no use: the doctor knows what to ask for, and how long to wait");
            }
        }
        Duration every = check.has(EVERY) ? check.value(EVERY) : Check.DOCTOR_EVERY;
        if (every.compareTo(Duration.ofMinutes(1)) < 0) {
            check.problems()
                    .error(
                            check.at(EVERY),
                            "\"every\" in " + check.what() + ": the doctor does not come more often than every minute");
        }
        return Check.doctor(every);
    }

    private static Check page(Section check, boolean trace) {
        return new Check(
                trace && !check.has(URL) ? Check.TRACE : check.value(URL),
                check.value(EVERY),
                check.value(TIMEOUT),
                check.value(EXPECT));
    }

    private static Optional<ExitRule> exits(Section group, List<String> members, @Nullable Section check) {
        boolean countries = check != null && (check.has(COUNTRY) || check.has(NOT_COUNTRY));
        Optional<ExitRule.Lock> lock = Optional.ofNullable(group.get(EXIT_LOCK))
                .map(text -> ExitRule.Lock.parse(text, place(group.at(EXIT_LOCK))));
        boolean doctor = check != null && check.value(DOCTOR);
        if (members.contains("direct") && (countries || lock.isPresent() || doctor)) {
            group.problems()
                    .error(
                            group.at(MEMBERS),
                            group.what() + " chooses by the exits of tunnels, and \"direct\" is none");
        }
        if (!countries && lock.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new ExitRule(
                check == null || doctor
                        ? new Check(Check.TRACE, Check.EVERY, Check.TIMEOUT, Check.DEFAULT.expect())
                        : page(check, true),
                check == null ? Set.of() : Set.copyOf(check.value(COUNTRY)),
                check == null ? Set.of() : Set.copyOf(check.value(NOT_COUNTRY)),
                lock,
                place(check == null ? group.node() : check.node())));
    }

    private static String place(ConfigNode node) {
        return node.position().toString();
    }

    private static String lockable(String text) {
        boolean address = text.matches("[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*");
        if (!address && !text.equals("country") && !text.equals("address") && !text.matches("[A-Z]{2}")) {
            throw new IllegalArgumentException("\"" + text + "\" is none of these");
        }
        return text;
    }

    private static Duration rarely(Duration every) {
        if (every.compareTo(Duration.ofSeconds(10)) < 0) {
            throw new IllegalArgumentException("a member is not tried out more often than every ten seconds");
        }
        return every;
    }

    private static Duration soon(Duration timeout) {
        if (timeout.compareTo(Duration.ofMillis(100)) < 0 || timeout.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("it must be 100ms to 1m");
        }
        return timeout;
    }
}
