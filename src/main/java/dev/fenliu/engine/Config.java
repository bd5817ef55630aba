package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.dns.DnsOptions;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.dns.DnsListenerType;
import dev.fenliu.inbound.transparent.TransparentType;
import dev.fenliu.model.GivenNames;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.route.Geo;
import dev.fenliu.route.Rule;
import dev.fenliu.route.RuleTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One version of the configuration, read and checked as far as that needs no other file.
 *
 * @param file where it came from; empty for the built-in defaults
 * @param uses which groups have nodes of subscriptions for members, and which
 * @param given how the user calls devices
 * @param leases the lease files of DHCP servers, which are read anew without a reload
 * @param geo what the GeoIP files tell
 * @param root where messages about the whole should point
 */
public record Config(
        Optional<Path> file,
        List<ListenerPlan<?>> listeners,
        Map<String, OutboundPlan<?>> outbounds,
        Map<String, GroupPlan> groups,
        Map<String, SubscriptionPlan> subscriptions,
        Map<String, GroupUse> uses,
        Map<String, RuleSetPlan> ruleSets,
        List<Rule> rules,
        List<RuleTest> ruleTests,
        DnsOptions dns,
        ApiOptions api,
        LogOptions log,
        HistoryOptions history,
        GivenNames given,
        List<Path> leases,
        List<Path> geoip,
        Geo geo,
        ConfigNode root) {
    /** The files that are read for it, those that are missing too: a change of one makes another version. */
    public Set<Path> files() {
        Set<Path> files = new LinkedHashSet<>();
        file.ifPresent(files::add);
        files.addAll(geoip);
        ruleSets.values().forEach(plan -> plan.file().ifPresent(files::add));
        listeners.forEach(plan -> plan.users().ifPresent(users -> files.add(users.file())));
        subscriptions.values().forEach(plan -> plan.file().ifPresent(files::add));
        return files;
    }

    /** The members of each group, nodes of subscriptions too once these are read. */
    Map<String, List<String>> members() {
        Map<String, List<String>> members = new LinkedHashMap<>();
        groups.forEach((name, plan) -> members.put(name, plan.members()));
        return members;
    }

    /** The same with other ways out. */
    Config with(Map<String, OutboundPlan<?>> otherOutbounds, Map<String, GroupPlan> otherGroups) {
        return new Config(
                file,
                listeners,
                otherOutbounds,
                otherGroups,
                subscriptions,
                uses,
                ruleSets,
                rules,
                ruleTests,
                dns,
                api,
                log,
                history,
                given,
                leases,
                geoip,
                geo,
                root);
    }

    /** What servers keep for us, and what of the same kind lies here. */
    List<Remote> remotes() {
        List<Remote> remotes = new ArrayList<>(ruleSets.values());
        remotes.addAll(subscriptions.values());
        return remotes;
    }

    /** How our own sockets leave this machine, where their options say nothing else. */
    SocketOptions sockets() {
        boolean gateway = listeners.stream().anyMatch(plan -> plan.type() instanceof TransparentType);
        return SocketOptions.DEFAULT.marked(gateway ? SocketOptions.OWN_MARK : 0);
    }

    /** What every listener has. */
    public List<ListenerSettings> listenerSettings() {
        return listeners.stream().<ListenerSettings>map(ListenerPlan::settings).toList();
    }

    /** The first listener whose users stand in a file of their own. */
    public Optional<ListenerSettings> paired() {
        return listeners.stream()
                .filter(plan -> plan.users().isPresent())
                .<ListenerSettings>map(ListenerPlan::settings)
                .findFirst();
    }

    /** The listeners that answer DNS without TLS, as it is asked on port 53. */
    public List<ListenerSettings> plainDns() {
        return listeners.stream()
                .filter(plan -> plan.options() instanceof DnsListenerType.Options options
                        && options.identity().isEmpty())
                .<ListenerSettings>map(ListenerPlan::settings)
                .toList();
    }

    /** What is written about flows, and how much else. */
    public record LogOptions(Level level, Flows flows) {}

    /** The least important message that is written. */
    public enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG
    }

    /** Whether there is a line a flow: always, never, or on a terminal only. */
    public enum Flows {
        AUTO,
        ON,
        OFF
    }
}
