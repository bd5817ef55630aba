package dev.fenliu.outbound;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Each site by a member of its own: the one with the highest hash of both names (rendezvous hashing), so that of the sites
 * only those move whose member goes, and only while it is gone.
 */
final class Hashed implements Choice {
    @Override
    public List<Outbound> order(List<Outbound> members, Standing standing, Aim aim) {
        String site = aim.site();
        List<Outbound> order = new ArrayList<>(members);
        if (!site.isEmpty()) {
            order.sort(Comparator.<Outbound>comparingLong(member -> hash(member.name(), site))
                    .reversed());
        }
        return Choice.ailingLast(order, standing);
    }

    /** FNV-1a of 64 bits, whose high bits are then stirred, since sums of short names differ in the low ones. */
    static long hash(String member, String site) {
        long hash = 0xcbf29ce484222325L;
        String all = member + "\n" + site;
        for (int i = 0; i < all.length(); i++) {
            hash = (hash ^ all.charAt(i)) * 0x100000001b3L;
        }
        hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
        hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
        return hash ^ hash >>> 33;
    }
}
