package dev.fenliu.engine;

/**
 * What is kept of the traffic that was counted.
 *
 * @param domains whether destinations are kept too, by their registrable domain
 * @param days how many are kept, 1 to 400
 */
public record HistoryOptions(Keep keep, boolean domains, int days) {
    /** Where it is kept. */
    public enum Keep {
        /** Nowhere. */
        OFF,
        /** Until the program ends. */
        MEMORY,
        /** In the state folder. */
        DISK
    }

    static final int DAYS = 30;

    /** Of a config that does not speak of it. */
    public static final HistoryOptions DEFAULT = new HistoryOptions(Keep.DISK, false, DAYS);

    /** Nothing. */
    public static final HistoryOptions OFF = new HistoryOptions(Keep.OFF, false, DAYS);
}
