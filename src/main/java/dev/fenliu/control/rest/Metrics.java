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
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code /metrics} for Prometheus, in the form that is asked for: OpenMetrics 1.0, or the older text. Reads what was counted
 * anyway. Labels have few values: never hosts, devices or users.
 */
final class Metrics {
    private static final ExpositionFormatWriter OPEN = OpenMetricsTextFormatWriter.create();
    private static final ExpositionFormatWriter PLAIN = PrometheusTextFormatWriter.create();
    private static final String OUTBOUND = "outbound";
    private static final double MILLIS_A_SECOND = 1000;

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
        Map<String, Optional<Instant>> updated = proxy.listsUpdated();
        return Reply.when(proxy.status(call.loop()), call.loop(), status -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                writer.write(out, all(status, updated));
            } catch (IOException e) {
                throw new UncheckedIOException(e); // into memory
            }
            return Reply.of(HttpResponseStatus.OK, writer.getContentType(), out.toByteArray());
        });
    }

    private MetricSnapshots all(Status status, Map<String, Optional<Instant>> listsUpdated) {
        List<MetricSnapshot> all = new ArrayList<>();
        program(status, all);
        traffic(tally.totals(), all);
        upstreams(status, all);
        names(all);
        lists(status, listsUpdated, all);
        return new MetricSnapshots(all);
    }

    private void program(Status status, List<MetricSnapshot> all) {
        all.add(InfoSnapshot.builder()
                .name("fenliu_build")
                .help("The version of the program.")
                .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                        .labels(Labels.of("version", version))
                        .build())
                .build());
        all.add(Family.gauge("fenliu_start_time_seconds", "When the program started.", Unit.SECONDS)
                .add(seconds(status.started()), Labels.EMPTY)
                .build());
        all.add(Family.gauge("fenliu_memory_bytes", "Java heap in use.", Unit.BYTES)
                .add(
                        (double) ManagementFactory.getMemoryMXBean()
                                .getHeapMemoryUsage()
                                .getUsed(),
                        Labels.EMPTY)
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

    private void traffic(Totals totals, List<MetricSnapshot> all) {
        all.add(Family.gauge("fenliu_connections_open", "Flows that run: TCP connections and UDP associations.", null)
                .add(proxy.running(), Labels.EMPTY)
                .build());
        Family connections = Family.counter("fenliu_connections", "Flows that have ended, by how.", null);
        totals.results()
                .forEach((kind, count) ->
                        connections.add(count, Labels.of(OUTBOUND, kind.outbound(), "result", kind.result())));
        all.add(connections.build());
        all.add(bytes("fenliu_transfer_bytes", "Payload of flows.", OUTBOUND, totals.outbounds()));
        all.add(bytes("fenliu_group_transfer_bytes", "Payload of flows by group.", "group", totals.groups()));
        all.add(bytes(
                "fenliu_listener_transfer_bytes", "Payload of flows by listener.", "listener", totals.listeners()));
    }

    private static MetricSnapshot bytes(String name, String help, String label, Map<String, Amount> amounts) {
        Family family = Family.counter(name, help, Unit.BYTES);
        amounts.forEach((value, amount) -> {
            family.add((double) amount.up(), Labels.of(label, value, "direction", "up"));
            family.add((double) amount.down(), Labels.of(label, value, "direction", "down"));
        });
        return family.build();
    }

    private static void upstreams(Status status, List<MetricSnapshot> all) {
        Family up = Family.gauge("fenliu_upstream_up", "1 unless the latest news of an outbound is a failure.", null);
        Family latency = Family.gauge(
                "fenliu_upstream_latency_seconds", "Until the server has answered, a median.", Unit.SECONDS);
        Family answer = Family.gauge(
                "fenliu_upstream_answer_seconds",
                "From what a flow sends first to what comes back, a median.",
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
        Family queries = Family.counter("fenliu_dns_queries", "Queries of DNS clients, by who answered.", null);
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

    private static void lists(
            Status status, Map<String, Optional<Instant>> listsUpdated, List<MetricSnapshot> all) {
        Family updated = Family.gauge(
                "fenliu_rule_set_updated_timestamp_seconds",
                "When the server of a remote rule-set last had what we have; 0 without a copy.",
                Unit.SECONDS);
        listsUpdated.forEach(
                (name, time) -> updated.add(time.map(Metrics::seconds).orElse(0.0), Labels.of("rule_set", name)));
        all.add(updated.build());
        Family used = Family.gauge("fenliu_subscription_used_bytes", "What was used of its traffic.", Unit.BYTES);
        Family total = Family.gauge("fenliu_subscription_total_bytes", "What its traffic may be.", Unit.BYTES);
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
