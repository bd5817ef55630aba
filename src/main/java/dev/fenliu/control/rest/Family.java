package dev.fenliu.control.rest;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Metrics of one name, being put together. */
final class Family {
    /** Takes one more. */
    @FunctionalInterface
    private interface Points {
        void add(double value, Labels labels);
    }

    private final Points points;
    private final Supplier<MetricSnapshot> whole;

    private Family(Points points, Supplier<MetricSnapshot> whole) {
        this.points = points;
        this.whole = whole;
    }

    /** What only rises; {@code name} without {@code _total}. */
    static Family counter(String name, String help, @Nullable Unit unit) {
        CounterSnapshot.Builder family = CounterSnapshot.builder().name(name).help(help);
        if (unit != null) {
            family.unit(unit);
        }
        return new Family(
                (value, labels) ->
                        family.dataPoint(new CounterSnapshot.CounterDataPointSnapshot(value, labels, null, 0)),
                family::build);
    }

    /** What rises and falls. */
    static Family gauge(String name, String help, @Nullable Unit unit) {
        GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
        if (unit != null) {
            family.unit(unit);
        }
        return new Family(
                (value, labels) -> family.dataPoint(new GaugeSnapshot.GaugeDataPointSnapshot(value, labels, null)),
                family::build);
    }

    /** One more, of those labels. */
    Family add(double value, Labels labels) {
        points.add(value, labels);
        return this;
    }

    MetricSnapshot build() {
        return whole.get();
    }
}
