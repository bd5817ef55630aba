package dev.fenliu.engine;

import dev.fenliu.config.Nearest;
import dev.fenliu.config.Problems;
import dev.fenliu.model.Host;
import dev.fenliu.net.Dialer;
import dev.fenliu.outbound.Aim;
import dev.fenliu.outbound.Block;
import dev.fenliu.outbound.Direct;
import dev.fenliu.outbound.Exit;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.LinkWriter;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.CompiledRouter;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Explainer;
import dev.fenliu.route.ListEntry;
import dev.fenliu.route.Question;
import dev.fenliu.route.RuleRef;
import dev.fenliu.route.RuleSet;
import dev.fenliu.route.RuleTests;
import dev.fenliu.route.Verdict;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Answers who would decide about a flow, and why, without sending a packet. Not thread-safe; may read files. */
public final class Inquiry implements AutoCloseable {
    /**
     * What would happen.
     *
     * @param decision absent when a rule needs the addresses of the name first
     * @param needsAddress that rule
     * @param path group, …, outbound; the target alone when it is not a group
     * @param entry the list's entry that made the rule match
     * @param dns who resolves the name; absent for addresses and refused flows
     * @param objections to members that would be tried before
     * @param until when the rule that decided ends, if it does
     * @param tried the rules before, worked out when asked for
     */
    public record Answer(
            Optional<Decision> decision,
            Optional<RuleRef> needsAddress,
            List<String> path,
            Optional<ListEntry> entry,
            Optional<Dns> dns,
            List<Objection> objections,
            Optional<Instant> until,
            Supplier<List<Explainer.Tried>> tried) {
        /** Whether a flow would be refused because a group objects to all of its members. */
        public boolean refused() {
            return !path.isEmpty()
                    && objections.stream()
                            .anyMatch(one -> one.outbound().equals(path.get(path.size() - 1))
                                    && path.get(Math.max(0, path.size() - 2)).equals(one.group()));
        }
    }

    /**
     * Who resolves a name.
     *
     * @param via the outbound whose far end does it; absent when it is done here
     */
    public record Dns(String resolver, Optional<String> via) {}

    /** The resolver of names that travel inside a tunnel. */
    public static final String FAR_END = "far end";

    private final Assembly assembly;
    private final Explainer explainer;

    Inquiry(Assembly assembly) {
        this.assembly = assembly;
        this.explainer = new Explainer(assembly.router());
    }

    /** Builds all that a config asks for, but binds nothing; null when an error was reported. */
    public static @Nullable Inquiry of(Config config, Kept kept, Problems problems) {
        Assembly assembly = Assembler.assemble(config, kept, 1, kept.dates().instant(), problems);
        return assembly == null ? null : new Inquiry(assembly);
    }

    /** What it is built of, with the nodes of its subscriptions. */
    public Config config() {
        return assembly.config();
    }

    /** The rules. */
    public CompiledRouter router() {
        return assembly.router();
    }

    /** The lists of the config. Looks at the disk. */
    public List<RuleList> lists(Path state) {
        ListCache cache = new ListCache(state);
        return config().ruleSets().values().stream()
                .map(plan -> RuleSetSource.look(
                        plan, cache, Optional.ofNullable(router().sets().get(plan.name()))))
                .toList();
    }

    /**
     * The same as if the file of a list said something else.
     *
     * @return null when an error was reported
     */
    public @Nullable Inquiry with(RuleList list, byte[] content, Problems problems) {
        RuleSetPlan plan = Objects.requireNonNull(config().ruleSets().get(list.name()), list.name());
        RuleSet set = RuleSetSource.load(plan, content, list.source(), config().geo(), problems);
        if (set == null) {
            return null;
        }
        CompiledRouter router = router().with(set);
        RuleTests.run(config().ruleTests(), router, config().members()).forEach(problems::add);
        return new Inquiry(assembly.with(assembly.generation().withRouter(router), router));
    }

    /** Looks up the name in a question whose answer needs it, on the side that would carry the flow. */
    public Future<List<InetAddress>> lookUp(Question question, Host.Name name, EventLoop loop) {
        Question asked = Question.of(question.flow()).sniffed(question.sniffed(), question.protocol());
        return Routing.lookUp(assembly.generation(), asked, 0, name, loop);
    }

    /** What dials through an outbound or group of that name; null when there is none. */
    @Nullable
    Dialer dialer(String name) {
        return assembly.generation().outbounds().get(name);
    }

    /**
     * The answer to a question. The addresses that it holds are taken as those of a look-up, which only a rule that
     * asks for them sees; the program behind the flow stays unknown, and
     * the device is what this machine knows of it now if the question does not say.
     */
    public Answer ask(Question question) {
        Question asked = settled(question);
        Verdict verdict = assembly.router().match(asked);
        return verdict instanceof Decision decision ? answer(asked, decision) : open(asked, (Verdict.Needs) verdict);
    }

    /** The path of {@link #ask} alone, without a look at lists; empty when a rule needs the addresses of the name first. */
    public Optional<List<String>> path(Question question) {
        Question asked = settled(question);
        return assembly.router().match(asked) instanceof Decision decision
                ? Optional.of(path(asked, decision))
                : Optional.empty();
    }

    /** With all that can be found out. */
    private Question settled(Question question) {
        Question asked = Question.of(question.flow()).sniffed(question.sniffed(), question.protocol());
        Verdict verdict = assembly.router().match(asked);
        while (verdict instanceof Verdict.Needs needs) {
            if (needs.what() == Verdict.What.PROCESS) {
                asked = asked.without(needs);
            } else if (needs.what() == Verdict.What.DEVICE) {
                InetAddress source = question.flow().source().getAddress();
                asked = asked.device(
                        question.device().orElseGet(() -> assembly.devices().look(source)), needs.rule());
            } else if (question.addresses().isPresent()) {
                asked = asked.resolved(question.addresses().get(), needs.rule());
            } else {
                return asked;
            }
            verdict = assembly.router().match(asked);
        }
        return asked;
    }

    private Answer open(Question asked, Verdict.Needs needs) {
        return new Answer(
                Optional.empty(),
                Optional.of(explainer.rule(needs.rule())),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                () -> explainer.tried(asked));
    }

    private Answer answer(Question asked, Decision decision) {
        Aim aim = aim(asked);
        List<String> path = path(asked, decision);
        return new Answer(
                Optional.of(decision),
                Optional.empty(),
                path,
                explainer.explain(asked).entry(),
                dns(asked, decision, path),
                assembly.generation().objections(path, aim),
                assembly.router().rules().get(decision.rule().index()).until(),
                () -> explainer.tried(asked));
    }

    /**
     * The list's entry by which a rule decided about a flow, as far as that can be told later: by what the lists say now;
     * empty if no list decided, or if that rule is not in force any more.
     */
    public Optional<ListEntry> entry(FlowView flow) {
        if (flow.rule().isEmpty()) {
            return Optional.empty();
        }
        boolean straight = assembly.generation().plain().contains(flow.outbound());
        Question asked = Question.of(flow.flow()).sniffed(flow.name(), Optional.empty());
        Question known = straight && flow.address().orElse(null) instanceof InetSocketAddress origin
                ? asked.resolved(List.of(origin.getAddress()), 0)
                : asked;
        return Stream.concat(Stream.of(known), asked.aboutSniffed().stream())
                .flatMap(one -> explainer.entry(flow.rule().get(), one).stream())
                .findFirst();
    }

    private static Aim aim(Question asked) {
        return Aim.of(asked.flow().destination().host(), asked.flow().source().getAddress());
    }

    private List<String> path(Question asked, Decision decision) {
        return decision instanceof Decision.Via via
                ? assembly.generation().path(via.outbound(), aim(asked))
                : List.of("block");
    }

    private Optional<Dns> dns(Question question, Decision decision, List<String> path) {
        boolean address = question.flow().destination().host() instanceof Host.Address;
        if (address || !(decision instanceof Decision.Via)) {
            return Optional.empty();
        }
        String last = path.get(path.size() - 1);
        Outbound outbound = assembly.generation().outbounds().get(last);
        if (assembly.generation().plain().contains(last)) {
            return Optional.of(new Dns(assembly.resolvers().describe(), Optional.empty()));
        }
        if (outbound instanceof Block || outbound instanceof Group || outbound == null) {
            return Optional.empty(); // nobody: it is refused
        }
        return Optional.of(
                outbound instanceof Direct
                        ? new Dns(assembly.resolvers().describeTunnel(), Optional.of(last))
                        : new Dns(FAR_END, Optional.of(last)));
    }

    /** The tunnels that a target leads to in the end, in the order in which a flow would try them; none if it is plain. */
    public List<Outbound> tunnels(String target) {
        Outbound outbound = assembly.generation().outbounds().get(target);
        if (outbound instanceof Group group) {
            return group.order(Aim.ANY).stream()
                    .flatMap(member -> tunnels(member.name()).stream())
                    .distinct()
                    .toList();
        }
        boolean plain = assembly.generation().plain().contains(target);
        return outbound == null || outbound instanceof Block || plain ? List.of() : List.of(outbound);
    }

    /**
     * Why groups that carry what is sent to {@code target} would not use one of its tunnels.
     *
     * @param exit where it leaves from now
     */
    public List<Objection> objections(String target, Outbound tunnel, Optional<Exit> exit) {
        if (!(assembly.generation().outbounds().get(target) instanceof Group group)) {
            return List.of();
        }
        List<Objection> objections = new ArrayList<>();
        for (Outbound member : group.members()) {
            if (member == tunnel) {
                GroupPlan plan = assembly.config().groups().get(target);
                exit.flatMap(seen -> plan == null
                                ? Optional.empty()
                                : plan.exits().flatMap(rule -> assembly.exits().fault(target, rule, seen)))
                        .ifPresent(why -> objections.add(new Objection(target, member.name(), why)));
            } else {
                objections.addAll(objections(member.name(), tunnel, exit));
            }
        }
        return objections;
    }

    /** All tunnels, by name. */
    public List<Outbound> tunnels() {
        return assembly.generation().outbounds().keySet().stream()
                .sorted()
                .flatMap(name -> tunnels(name).stream())
                .distinct()
                .toList();
    }

    /** Whether there is an outbound or a group of that name. */
    public boolean has(String name) {
        return assembly.generation().outbounds().containsKey(name);
    }

    /** The names of outbounds, those of nodes too. */
    public Set<String> outbounds() {
        return assembly.config().outbounds().keySet();
    }

    /**
     * The share link of an outbound, with all its secrets.
     *
     * @return null when a problem was reported: there is no such outbound, or a link cannot say all of it
     */
    public @Nullable String share(String name, Problems problems) {
        OutboundPlan<?> plan = assembly.config().outbounds().get(name);
        if (plan == null) {
            boolean group = assembly.config().groups().containsKey(name);
            problems.error(
                    assembly.config().root(),
                    group
                            ? "\"" + name + "\" is a group; share a member of it"
                            : "there is no outbound \"" + name + "\"",
                    group ? null : Nearest.hint(name, outbounds()));
            return null;
        }
        return LinkWriter.write(name, plan.at(), problems);
    }

    /** How the subscriptions stand by their copies. */
    public List<Status.Subscription> subscriptions() {
        return assembly.subscribed().reports();
    }

    @Override
    public void close() {
        assembly.close();
    }
}
