package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.model.Failure;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * The date, which every message of Shadowsocks 2022 carries so that an old one can be told (SIP022 3.1.3), and a clock
 * that never goes back, for how long something is remembered.
 *
 * @param nanos of any origin
 */
record Clocks(InstantSource date, LongSupplier nanos) {
    /** How far apart the clocks of the two ends may be. */
    static final int MAX_SECONDS_OFF = 30;

    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    static Clocks system() {
        return new Clocks(InstantSource.system(), System::nanoTime);
    }

    /** Seconds since 1970. */
    long seconds() {
        return date.instant().getEpochSecond();
    }

    /** The date in words. */
    String text() {
        return FORMAT.format(date.instant());
    }

    /**
     * Checks the date of a message that has proved authentic.
     *
     * @param timestamp seconds since 1970
     * @param otherwise what else it can mean, for the message
     * @throws Failure if the peer's clock differs by more than {@value #MAX_SECONDS_OFF} s, with words for whoever can
     *     set one of the two
     */
    void check(long timestamp, String otherwise) throws Failure {
        long off = timestamp - seconds();
        if (off > MAX_SECONDS_OFF || off < -MAX_SECONDS_OFF) {
            String direction = off > 0 ? "ahead of" : "behind";
            throw new Failure(
                    Failure.Kind.TUNNEL_PROTOCOL,
                    "its clock is " + Math.abs(off) + " s " + direction + " the clock of this machine, which says "
                            + text() + "; Shadowsocks 2022 allows " + MAX_SECONDS_OFF
                            + " s: set the one that is wrong" + otherwise,
                    new Off());
        }
    }

    /** Whether {@link #check} has failed with it. */
    static boolean differ(Failure failure) {
        return failure.getCause() instanceof Off;
    }

    /** Marks such a failure. */
    private static final class Off extends Exception {
        private static final long serialVersionUID = 1L;

        Off() {
            super("clocks differ", null, false, false);
        }
    }
}
