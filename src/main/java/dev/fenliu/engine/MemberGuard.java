package dev.fenliu.engine;

import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.ExitGuard;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Outbound;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.Optional;

/**
 * Judges the members of a group by what the doctor said of them, and by where they leave from.
 *
 * @param exits where the group's members may leave from; empty for anywhere
 * @param doctor whose verdict counts
 */
record MemberGuard(Optional<ExitGuard> exits, Optional<Check> doctor, FarEnds farEnds, String at) implements ExitGuard {
    /** Of that group, if it wants anything of its members. */
    static Optional<ExitGuard> of(GroupPlan plan, Exits exits) {
        return plan.judges()
                ? Optional.of(new MemberGuard(
                        plan.exits().map(rule -> exits.guard(plan.name(), rule)),
                        plan.check().filter(Check::doctor),
                        exits.farEnds(),
                        plan.place("check")))
                : Optional.empty();
    }

    @Override
    public Future<Optional<String>> objection(Outbound member, EventLoop loop) {
        Optional<String> known = verdict(member);
        return known.isPresent() || exits.isEmpty()
                ? loop.newSucceededFuture(known)
                : exits.get().objection(member, loop);
    }

    @Override
    public Optional<String> known(Outbound member) {
        return verdict(member).or(() -> exits.flatMap(guard -> guard.known(member)));
    }

    private Optional<String> verdict(Outbound member) {
        return member instanceof Group
                ? Optional.of("it is a group, and may change its mind: say the same there (" + at + ")")
                : doctor.flatMap(check -> farEnds.fault(member.name(), check)).map(fault -> fault + " (" + at + ")");
    }
}
