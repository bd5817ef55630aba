package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Secret;
import dev.fenliu.outbound.TunnelType;
import dev.fenliu.subscribe.Quota;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A subscription as the config wants it: exactly one of address and file.
 *
 * @param address an http or https address, most often with a token in it
 * @param every how often it is asked for news; as its provider wants if empty
 * @param via the outbound or group that fetches it; if empty direct, and where that fails a tunnel
 * @param insecure names or titles of the nodes whose certificate need not be verified
 * @param types of outbounds that there are
 */
record SubscriptionPlan(
        String name,
        Optional<Secret> address,
        Optional<Path> file,
        Optional<Duration> every,
        Optional<String> via,
        String userAgent,
        Set<String> insecure,
        Map<String, TunnelType<?>> types,
        ConfigNode at)
        implements Remote {
    /** What the server says beside the nodes. */
    static final String USERINFO = "subscription-userinfo";

    static final String INTERVAL = "profile-update-interval";
    private static final Duration USUAL = Duration.ofHours(12);
    private static final int MAX_TUNNELS = 2;

    @Override
    public String what() {
        return "subscription " + name;
    }

    @Override
    public String contents() {
        return "nodes";
    }

    @Override
    public Optional<URI> url() {
        return address.map(secret -> URI.create(secret.value()));
    }

    /** What may be shown of where it is: the host, or the file. */
    String source() {
        return url().map(URI::getHost).or(() -> file.map(Path::toString)).orElse("");
    }

    @Override
    public Duration every(Map<String, String> said) {
        return every.or(() -> Quota.interval(said.getOrDefault(INTERVAL, ""))).orElse(USUAL);
    }

    @Override
    public List<String> ways(List<String> tunnels) {
        if (via.isPresent()) {
            return List.of(via.get());
        }
        List<String> ways = new ArrayList<>(List.of("direct"));
        ways.addAll(tunnels.subList(0, Math.min(MAX_TUNNELS, tunnels.size())));
        return ways;
    }

    @Override
    public int count(byte[] content) throws IOException {
        return Nodes.read(this, content).usable();
    }

    /** A node that can be used is known by its name and type: where its server is need not be for everybody's eyes. */
    @Override
    public void each(byte[] content, Consumer<String> entry) throws IOException {
        for (Nodes.Entry node : Nodes.read(this, content).entries()) {
            node.plan()
                    .ifPresent(plan ->
                            entry.accept(node.name() + " (" + plan.type().name() + ")"));
        }
    }
}
