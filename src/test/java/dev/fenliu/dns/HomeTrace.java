package dev.fenliu.dns;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A week of look-ups in a home, made up, the same each time: three people who browse 400 sites with 3 to 18 shared third
 * parties each, and eight devices that poll 48 names; every client keeps answers for a minute.
 */
final class HomeTrace {
    /**
     * One look-up that reaches the resolver.
     *
     * @param millis since the week began
     * @param ttl of the answer, in seconds
     */
    record Lookup(long millis, String name, int type, int ttl) {}

    private static final int HTTPS = 65;
    private static final int DAYS = 7;
    private static final int SITES = 400;
    private static final int THIRD_PARTIES = 4200;
    private static final long HOUR = 3_600_000;
    private static final long DAY = 24 * HOUR;

    /** Of a hundred names so many have that TTL. */
    private static final int[][] TTLS = {
        {4, 10}, {10, 30}, {26, 60}, {12, 120}, {30, 300}, {8, 600}, {8, 3600}, {2, 86_400}
    };

    private static final int[] POLL_MINUTES = {2, 3, 5, 5, 5, 10, 15, 30};

    private record Wish(long millis, int client, String name, boolean browser) {}

    private final Random random = new Random(42);
    private final Map<String, Integer> ttls = new HashMap<>();
    private final List<Wish> wishes = new ArrayList<>();

    private HomeTrace() {}

    static List<Lookup> week() {
        HomeTrace trace = new HomeTrace();
        List<Set<Integer>> sites = trace.sites();
        for (int person = 0; person < 3; person++) {
            for (int day = 0; day < DAYS; day++) {
                trace.browse(person, day, sites);
            }
        }
        for (int name = 0; name < 48; name++) {
            trace.poll(3 + name / 6, "poll" + name + ".device.test");
        }
        return trace.lookups();
    }

    private List<Set<Integer>> sites() {
        double[] popularity = zipf(THIRD_PARTIES, 1.0);
        List<Set<Integer>> sites = new ArrayList<>();
        for (int site = 0; site < SITES; site++) {
            Set<Integer> parties = new LinkedHashSet<>();
            for (int left = 3 + random.nextInt(16); left > 0; left--) {
                parties.add(pick(popularity));
            }
            sites.add(parties);
        }
        return sites;
    }

    /** From the morning to half past eleven: some pages, a pause of two hours or so, again. */
    private void browse(int person, int day, List<Set<Integer>> sites) {
        double[] popularity = zipf(SITES, 1.1);
        long at = day * DAY + 8 * HOUR + random.nextInt((int) HOUR);
        while (at < day * DAY + 23 * HOUR + HOUR / 2) {
            for (int pages = 1 + (int) exponential(7); pages > 0; pages--) {
                int site = pick(popularity);
                wishes.add(new Wish(at, person, "www.site" + site + ".test", true));
                for (int party : sites.get(site)) {
                    wishes.add(new Wish(at + 300 + random.nextInt(2000), person, "cdn" + party + ".party.test", true));
                }
                at += (long) exponential(40_000);
            }
            at += (long) exponential(2 * HOUR);
        }
    }

    private void poll(int device, String name) {
        long every = POLL_MINUTES[random.nextInt(POLL_MINUTES.length)] * 60_000L;
        for (long at = random.nextInt((int) every); at < DAYS * DAY; ) {
            wishes.add(new Wish(at, device, name, false));
            at += (long) (every * (0.9 + 0.2 * random.nextDouble()));
        }
    }

    private List<Lookup> lookups() {
        wishes.sort(Comparator.comparingLong(Wish::millis));
        Map<String, Long> last = new HashMap<>();
        List<Lookup> out = new ArrayList<>();
        for (Wish wish : wishes) {
            String key = wish.client() + " " + wish.name();
            if (wish.millis() - last.getOrDefault(key, -HOUR) < 60_000) {
                continue;
            }
            last.put(key, wish.millis());
            int ttl = ttls.computeIfAbsent(wish.name(), name -> ttl());
            out.add(new Lookup(wish.millis(), wish.name(), Query.A, ttl));
            out.add(new Lookup(wish.millis(), wish.name(), Query.AAAA, ttl));
            if (wish.browser()) {
                out.add(new Lookup(wish.millis(), wish.name(), HTTPS, ttl));
            }
        }
        return out;
    }

    private int ttl() {
        int left = random.nextInt(100);
        for (int[] ttl : TTLS) {
            left -= ttl[0];
            if (left < 0) {
                return ttl[1];
            }
        }
        throw new AssertionError("the shares make a hundred");
    }

    private double exponential(double mean) {
        return -mean * Math.log(1 - random.nextDouble());
    }

    /** The sums of 1/rank^exponent. */
    private static double[] zipf(int count, double exponent) {
        double[] sums = new double[count];
        double sum = 0;
        for (int rank = 1; rank <= count; rank++) {
            sum += Math.pow(rank, -exponent);
            sums[rank - 1] = sum;
        }
        return sums;
    }

    private int pick(double[] sums) {
        int at = java.util.Arrays.binarySearch(sums, random.nextDouble() * sums[sums.length - 1]);
        return at < 0 ? -at - 1 : at;
    }
}
