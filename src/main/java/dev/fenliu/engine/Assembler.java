package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
import dev.fenliu.dns.Resolvers;
import dev.fenliu.lan.Devices;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.CompiledRouter;
import dev.fenliu.route.Lint;
import dev.fenliu.route.PlainNames;
import dev.fenliu.route.RuleSet;
import dev.fenliu.route.RuleTests;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds everything that a config asks for, and checks it: reads files, opens no connection, binds nothing. */
final class Assembler {
    /** What a config must not send direct unnoticed. */
    private static final List<String> OPENAI = List.of(
            "chatgpt.com", "openai.com", "api.openai.com", "auth.openai.com", "oaistatic.com", "oaiusercontent.com");

    private Assembler() {}

    /**
     * Builds an assembly.
     *
     * @param now rules whose time is over then match nothing
     * @return null when an error was reported
     */
    static @Nullable Assembly assemble(Config given, Kept kept, long number, Instant now, Problems problems) {
        CompiledLists compiled = new CompiledLists(kept.state());
        ListCache cache = new ListCache(kept.state());
        Subscribed subscribed = Subscribed.load(given, cache, kept.dates().instant(), problems);
        Config config = subscribed.config();
        Map<String, RuleSet> sets = new RuleSetSource(cache, compiled, config.geo(), problems).load(config.ruleSets());
        Set<String> plain = Outbounds.plain(config);
        if (problems.hasErrors()) {
            return null;
        }
        CompiledRouter router = new CompiledRouter(
                config.rules(), sets, config.geo(), target -> target.equals("block") || plain.contains(target), now);
        RuleTests.run(config.ruleTests(), router, config.members()).forEach(problems::add);
        lint(config, router, problems);
        Devices devices = devices(config, kept, problems);
        Resolvers resolvers = resolvers(config, kept, devices, problems);
        if (resolvers == null) {
            devices.close();
            return null;
        }
        Map<String, Outbound> outbounds = Outbounds.build(config, kept, resolvers, problems);
        if (problems.hasErrors()) {
            resolvers.close();
            devices.close();
            return null;
        }
        Generation generation = new Generation(
                number,
                router,
                outbounds,
                plain,
                resolvers.direct(),
                name -> resolvers.through(name, java.util.Objects.requireNonNull(outbounds.get(name), name)),
                config.dns().replies(),
                kept.processes(),
                devices::find,
                new ProxyAutoConfig(PlainNames.of(router)),
                new Guards(Map.of(), Set.of(), Set.of()));
        return new Assembly(
                config, generation, router, compiled, subscribed, resolvers, devices, config.files(), kept.exits());
    }

    private static Devices devices(Config config, Kept kept, Problems problems) {
        Devices devices = Devices.open(config.given(), config.leases(), kept.dates());
        ConfigNode key = config.root().get(ConfigKeys.DHCP_LEASES.name());
        if (key != null) {
            for (Path file : devices.unreadable()) {
                problems.warning(
                        key.items().isEmpty()
                                ? key
                                : key.items().get(config.leases().indexOf(file)),
                        Remark.of("leases-unreadable").with("file", file),
                        "\"dhcp-leases\": cannot read " + file,
                        "until it can be read, the names of devices are unknown");
            }
        }
        return devices;
    }

    private static @Nullable Resolvers resolvers(Config config, Kept kept, Devices devices, Problems problems) {
        try {
            return Resolvers.open(config.dns(), kept.answers(), kept.loops(), config.sockets(), devices::leases);
        } catch (IOException e) {
            ConfigNode dns = config.root().get("dns");
            problems.error(dns == null ? config.root() : dns, "\"dns\": " + e.getMessage());
            return null;
        }
    }

    private static void lint(Config config, CompiledRouter router, Problems problems) {
        // At the server end of a tunnel it is right that they go direct.
        boolean serverEnd =
                config.listeners().stream().allMatch(plan -> plan.type().remote());
        Lint.lint(router, config.members(), serverEnd ? List.of() : OPENAI).forEach(problems::add);
    }
}
