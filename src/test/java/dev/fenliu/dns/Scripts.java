package dev.fenliu.dns;

import dev.fenliu.hostile.Table;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * What a server does for the cases of a table, each of which has a name of its own, all of them as long: {@code " ; "} stands
 * between steps, {@code " || "} before those for the next time that it is asked; the last are done over and over. Other names
 * get an answer in order, other types an empty one. Thread-safe.
 */
final class Scripts implements Script {
    private static final int TYPE_OFFSET = 31;

    private final List<Table.Case> cases;
    private final int type;
    private final AtomicIntegerArray times;

    Scripts(List<Table.Case> cases, int type) {
        this.cases = cases;
        this.type = type;
        this.times = new AtomicIntegerArray(cases.size());
    }

    static String name(int number) {
        return String.format("c%03d.example.test", number);
    }

    /** The number in the name that is asked for; negative when there is none. */
    static int number(byte[] query) {
        boolean numbered = query[12] == 4 && (query[13] | 0x20) == 'c';
        return numbered ? 100 * (query[14] - '0') + 10 * (query[15] - '0') + query[16] - '0' : -1;
    }

    @Override
    public List<String> steps(byte[] query) {
        int number = number(query);
        if (number < 0) {
            return List.of("GOOD");
        }
        if (Query.u16(query, TYPE_OFFSET) != type) {
            return List.of("HEAD:0/0/0 Q");
        }
        String[] attempts = Table.repeat(cases.get(number).sent()).split(" \\|\\| ", -1);
        return List.of(attempts[Math.min(times.getAndIncrement(number), attempts.length - 1)].split(" ; ", -1));
    }
}
