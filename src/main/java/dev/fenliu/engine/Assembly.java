package dev.fenliu.engine;

import dev.fenliu.dns.Resolvers;
import dev.fenliu.lan.Devices;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.route.CompiledRouter;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * All that was built for one version of the config, also what flows do not need.
 *
 * @param config with the nodes of its subscriptions
 * @param compiled has what to keep of the lists once this is in force
 * @param files whose change makes another version
 * @param exits what is known of far ends
 */
record Assembly(
        Config config,
        Generation generation,
        CompiledRouter router,
        CompiledLists compiled,
        Subscribed subscribed,
        Resolvers resolvers,
        Devices devices,
        Set<Path> files,
        Exits exits) {
    /** Flows that started on this version may still resolve names for so long. */
    private static final long RETIRE_SECONDS = 30;

    /** The remote lists that have a good copy, as {@link Remote#what} calls them. */
    Set<String> loaded() {
        Set<String> loaded = new HashSet<>(subscribed.loaded());
        router.sets().keySet().forEach(name -> loaded.add("rule-set " + name));
        return loaded;
    }

    /** The same with other rules. */
    Assembly with(Generation other, CompiledRouter rules) {
        return new Assembly(config, other, rules, compiled, subscribed, resolvers, devices, files, exits);
    }

    /** Lets go of everything, when the flows that just started have dialled. */
    void retire(EventLoopGroup loops) {
        loops.next().schedule(this::close, RETIRE_SECONDS, TimeUnit.SECONDS);
    }

    void close() {
        generation.outbounds().values().forEach(Outbound::close);
        resolvers.close();
        devices.close();
    }
}
