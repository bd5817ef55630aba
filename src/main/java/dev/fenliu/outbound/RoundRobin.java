package dev.fenliu.outbound;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The members in turn, a flow each. Those that ail lose their turns to the others evenly. */
final class RoundRobin implements Choice {
    private final AtomicInteger turn = new AtomicInteger();

    @Override
    public List<Outbound> order(List<Outbound> members, Standing standing, Aim aim) {
        return from(turn.get(), members, standing);
    }

    @Override
    public List<Outbound> take(List<Outbound> members, Standing standing, Aim aim) {
        return from(turn.getAndIncrement(), members, standing);
    }

    private static List<Outbound> from(int turn, List<Outbound> members, Standing standing) {
        List<Outbound> well = new ArrayList<>();
        List<Outbound> ailing = new ArrayList<>();
        members.forEach(member -> (standing.ails(member) ? ailing : well).add(member));
        rotate(well, turn);
        rotate(ailing, turn);
        well.addAll(ailing);
        return well;
    }

    private static void rotate(List<Outbound> members, int turn) {
        if (!members.isEmpty()) {
            Collections.rotate(members, -Math.floorMod(turn, members.size()));
        }
    }
}
