package dev.fenliu.engine;

import dev.fenliu.config.Position;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.route.RuleRef;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Flows as they might have been. */
public final class Views {
    private Views() {}

    /** One that has ended after 1234 ms, by a rule in line 12 of a file. */
    public static FlowView ended(Flow flow, String file, List<String> path, long up, long down, String end) {
        return new FlowView(
                flow,
                Instant.EPOCH,
                Optional.empty(),
                Optional.of(new RuleRef(3, new Position(file, 12, 5), "a rule")),
                path,
                Optional.empty(),
                up,
                down,
                new FlowView.Timing(
                        1_540_000,
                        FlowView.Timing.UNKNOWN,
                        20_000_000,
                        3_333_333,
                        150_000_000,
                        Duration.ofMillis(1234).toNanos()),
                Optional.of(new FlowView.End("wanted", end, Ender.CLIENT, false)));
    }

    /** The same, decided by a name. */
    public static FlowView named(FlowView view, String name) {
        return new FlowView(
                view.flow(),
                view.start(),
                Optional.of(new Host.Name(name)),
                view.rule(),
                view.path(),
                view.address(),
                view.up(),
                view.down(),
                view.timing(),
                view.end());
    }
}
