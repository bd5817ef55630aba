package dev.fenliu.control.rest;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import org.jspecify.annotations.Nullable;

/** Metrics of one name, being put together. */
interface Family {
    /** One more, of those labels. */
    Family add(double value, Labels labels);

    MetricSnapshot build();

    /** What only rises; {@code name} without {@code _total}. */
    static Family counter(String name, String help, @Nullable Unit unit) {
        CounterSnapshot.Builder family = CounterSnapshot.builder().name(name).help(help);
        if (unit != null) {
            family.unit(unit);
        }
        return new Family() {
            @Override
            public Family add(double value, Labels labels) {
                family.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .value(value)
                        .labels(labels)
                        .build());
                return this;
            }

            @Override
            public MetricSnapshot build() {
                return family.build();
            }
        };
    }

    /** What rises and falls. */
    static Family gauge(String name, String help, @Nullable Unit unit) {
        GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
        if (unit != null) {
            family.unit(unit);
        }
        return new Family() {
            @Override
            public Family add(double value, Labels labels) {
                family.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .value(value)
                        .labels(labels)
                        .build());
                return this;
            }

            @Override
            public MetricSnapshot build() {
                return family.build();
            }
        };
    }
}
