package dev.fenliu.control.rest;

import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.engine.Proxy;
import dev.fenliu.engine.Status;
import dev.fenliu.tally.Amount;
import dev.fenliu.tally.DnsCounts;
import dev.fenliu.tally.Tally;
import dev.fenliu.tally.Totals;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseNotifier;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code /metrics} for Prometheus, in the form that is asked for: OpenMetrics 1.0, or the older text. Reads what was counted
 * anyway, and has flows tell what they have moved first. Labels have few values: never hosts, devices, users or rules, and no
 * more than {@link Totals#MOST} outbounds, groups and listeners each.
 */
final class Metrics {
    private static final ExpositionFormatWriter OPEN = OpenMetricsTextFormatWriter.create();
    private static final ExpositionFormatWriter PLAIN = PrometheusTextFormatWriter.create();
    private static final String OUTBOUND = "outbound";
    private static final List<String> RESULTS = List.of("ok", "refused", "failed", "broken");
    private static final Set<String> NO_FLOWS = Set.of("api", "dns");
    private static final double MILLIS_A_SECOND = 1000;

    /**
     * What the config in force names, without what subscriptions list: told of before there was any traffic, as what a
     * counter shows the first time is lost to {@code rate}.
     */
    private record Named(Set<String> outbounds, Set<String> groups, Set<String> listeners) {
        static Named of(Status status) {
            Set<String> outbounds = new HashSet<>(Set.of("direct", "block"));
            status.outbounds().stream()
                    .filter(way -> way.subscription().isEmpty())
                    .forEach(way -> outbounds.add(way.name()));
            return new Named(
                    outbounds,
                    status.groups().stream().map(Status.Team::name).collect(Collectors.toSet()),
                    status.listeners().stream()
                            .filter(one -> !NO_FLOWS.contains(one.type()))
                            .map(Status.Listening::name)
                            .collect(Collectors.toSet()));
        }
    }

    private final Proxy proxy;
    private final Tally tally;
    private final String version;

    private Metrics(Proxy proxy, Tally tally, String version) {
        this.proxy = proxy;
        this.tally = tally;
        this.version = version;
    }

    static Route route(Proxy proxy, Tally tally, String version) {
        Metrics metrics = new Metrics(proxy, tally, version);
        return Route.workLater(HttpMethod.GET, "/metrics", Scope.READ, metrics::answer);
    }

    private Future<Reply> answer(Call call) {
        String accept = call.headers().get(HttpHeaderNames.ACCEPT, "");
        ExpositionFormatWriter writer = OPEN.accepts(accept) ? OPEN : PLAIN;
        Map<String, Optional<Instant>> updated = proxy.overview().listsUpdated();
        Promise<Status> status = call.loop().newPromise();
        proxy.told(call.loop())
                .addListener(told -> proxy.overview().status(call.loop()).addListener(new PromiseNotifier<>(status)));
        return Reply.when(status, call.loop(), now -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                writer.write(out, all(now, updated));
            } catch (IOException e) {
                throw new UncheckedIOException(e); // into memory
            }
            return Reply.of(HttpResponseStatus.OK, writer.getContentType(), out.toByteArray());
        });
    }

    private MetricSnapshots all(Status status, Map<String, Optional<Instant>> listsUpdated) {
        List<MetricSnapshot> all = new ArrayList<>();
        program(status, all);
        ProcessFamilies.add(status.started(), all);
        traffic(tally.totals(), Named.of(status), all);
        upstreams(status, all);
        names(all);
        lists(status, listsUpdated, all);
        return new MetricSnapshots(all);
    }

    private void program(Status status, List<MetricSnapshot> all) {
        all.add(InfoSnapshot.builder()
                .name("fenliu_build")
                .help("The versions of the program and of Java; always 1.")
                .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                        .labels(Labels.of("java", System.getProperty("java.runtime.version", ""), "version", version))
                        .build())
                .build());
        all.add(Family.gauge("fenliu_config_generation", "How many configs have been in force.", null)
                .add((double) status.generation(), Labels.EMPTY)
                .build());
        all.add(Family.gauge("fenliu_config_warnings", "Warnings about the config in force.", null)
                .add(status.warnings().size(), Labels.EMPTY)
                .build());
        Tally.Reloads reloads = tally.reloads();
        all.add(Family.gauge(
                        "fenliu_config_last_reload_successful", "Whether the last config that came was taken.", null)
                .add(reloads.good() ? 1 : 0, Labels.EMPTY)
                .build());
        all.add(Family.gauge(
                        "fenliu_config_last_reload_success_timestamp_seconds",
                        "When a config was last taken.",
                        Unit.SECONDS)
                .add(seconds(reloads.lastGood()), Labels.EMPTY)
                .build());
    }

    private void traffic(Totals totals, Named named, List<MetricSnapshot> all) {
        all.add(Family.gauge("fenliu_connections_open", "Flows that run: TCP connections and UDP associations.", null)
                .add(proxy.running(), Labels.EMPTY)
                .build());
        Map<Totals.Ended, Long> results = new HashMap<>(totals.results());
        named.outbounds()
                .forEach(name -> RESULTS.forEach(result -> results.putIfAbsent(new Totals.Ended(name, result), 0L)));
        Family connections = Family.counter("fenliu_connections", "Flows that have ended, by outbound and how.", null);
        results.forEach(
                (kind, count) -> connections.add(count, Labels.of(OUTBOUND, kind.outbound(), "result", kind.result())));
        all.add(connections.build());
        all.add(bytes("fenliu_transfer", OUTBOUND, named.outbounds(), totals.outbounds()));
        all.add(bytes("fenliu_group_transfer", "group", named.groups(), totals.groups()));
        all.add(bytes("fenliu_listener_transfer", "listener", named.listeners(), totals.listeners()));
    }

    private static MetricSnapshot bytes(String name, String label, Set<String> named, Map<String, Amount> amounts) {
        Family family = Family.counter(
                name + "_bytes", "Payload of flows by " + label + "; up is what clients send.", Unit.BYTES);
        Map<String, Amount> all = new HashMap<>(amounts);
        named.forEach(one -> all.putIfAbsent(one, Amount.NONE));
        all.forEach((value, amount) -> {
            family.add((double) amount.up(), Labels.of(label, value, "direction", "up"));
            family.add((double) amount.down(), Labels.of(label, value, "direction", "down"));
        });
        return family.build();
    }

    private static void upstreams(Status status, List<MetricSnapshot> all) {
        Family up = Family.gauge(
                "fenliu_upstream_up", "Whether an outbound works: 0 if the latest news of it is a failure.", null);
        Family latency = Family.gauge(
                "fenliu_upstream_latency_seconds",
                "Until the server of an outbound has answered, the median of the latest.",
                Unit.SECONDS);
        Family answer = Family.gauge(
                "fenliu_upstream_answer_seconds",
                "From what a flow sends first to what comes back, the median of the latest.",
                Unit.SECONDS);
        for (Status.Way way : status.outbounds()) {
            if (way.subscription().isPresent()) {
                continue; // there may be thousands
            }
            Labels labels = Labels.of(OUTBOUND, way.name());
            up.add(way.vitals().failure().isPresent() ? 0 : 1, labels);
            way.vitals().connect().ifPresent(time -> latency.add(seconds(time), labels));
            way.vitals().answer().ifPresent(time -> answer.add(seconds(time), labels));
        }
        all.add(up.build());
        all.add(latency.build());
        all.add(answer.build());
    }

    private void names(List<MetricSnapshot> all) {
        DnsCounts counts = tally.queryCounts();
        Family queries = Family.counter(
                "fenliu_dns_queries",
                "Queries of DNS clients, by where the answer came from and the response code.",
                null);
        counts.counts()
                .forEach(
                        (kind, count) -> queries.add(count, Labels.of("source", kind.from(), "result", kind.result())));
        all.add(queries.build());
        double[] ends = Arrays.copyOf(DnsCounts.seconds(), DnsCounts.seconds().length + 1);
        ends[ends.length - 1] = Double.POSITIVE_INFINITY;
        all.add(HistogramSnapshot.builder()
                .name("fenliu_dns_duration_seconds")
                .help("Until a query of a DNS client was answered.")
                .unit(Unit.SECONDS)
                .dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(ends, counts.spans()))
                        .sum(counts.time())
                        .build())
                .build());
    }

    private static void lists(Status status, Map<String, Optional<Instant>> listsUpdated, List<MetricSnapshot> all) {
        Family updated = Family.gauge(
                "fenliu_rule_set_updated_timestamp_seconds",
                "When the server of a remote rule-set last had what we have; 0 without a copy.",
                Unit.SECONDS);
        listsUpdated.forEach(
                (name, time) -> updated.add(time.map(Metrics::seconds).orElse(0.0), Labels.of("rule_set", name)));
        all.add(updated.build());
        Family used = Family.gauge(
                "fenliu_subscription_used_bytes",
                "Traffic of a subscription that is used, as its server says.",
                Unit.BYTES);
        Family total = Family.gauge(
                "fenliu_subscription_total_bytes",
                "Traffic that a subscription may have, as its server says.",
                Unit.BYTES);
        for (Status.Subscription one : status.subscriptions()) {
            Labels labels = Labels.of("subscription", one.name());
            one.quota().used().ifPresent(bytes -> used.add(bytes, labels));
            one.quota().total().ifPresent(bytes -> total.add(bytes, labels));
        }
        all.add(used.build());
        all.add(total.build());
    }

    private static double seconds(Instant time) {
        return time.toEpochMilli() / MILLIS_A_SECOND;
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
