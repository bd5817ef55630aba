package dev.fenliu.subscribe;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What a provider says about an account in the header {@code subscription-userinfo}, as far as it can be read: {@code
 * upload=1; download=2; total=3; expire=4}, in bytes and seconds since 1970; values may be fractions, or empty.
 *
 * @param used up and down together, in bytes
 * @param total what may be used, in bytes
 * @param expires when the account ends
 */
public record Quota(Optional<Long> used, Optional<Long> total, Optional<Instant> expires) {
    /** Nothing is known. */
    public static final Quota UNKNOWN = new Quota(Optional.empty(), Optional.empty(), Optional.empty());

    private static final int MAX_HEADER = 1_000;
    private static final double MAX_HOURS = 30 * 24;

    /** Reads the header; what is missing, zero or no number is unknown. */
    public static Quota parse(String header) {
        Optional<Long> used = Optional.empty();
        Optional<Long> total = Optional.empty();
        Optional<Instant> expires = Optional.empty();
        String text = header.substring(0, Math.min(header.length(), MAX_HEADER));
        for (String pair : text.split("[;,&]", -1)) {
            int equals = pair.indexOf('=');
            double value = equals < 0 ? -1 : number(pair.substring(equals + 1));
            if (value < 0) {
                continue;
            }
            long whole = Math.round(value);
            switch (pair.substring(0, equals).strip().toLowerCase(Locale.ROOT)) {
                case "upload", "download" -> used = Optional.of(add(used.orElse(0L), whole));
                case "total" -> total = whole == 0 ? Optional.empty() : Optional.of(whole);
                case "expire" -> expires = instant(whole);
                default -> {} // somebody's own
            }
        }
        return new Quota(used, total, expires);
    }

    /** How often the provider wants to be asked, from the header {@code profile-update-interval}: hours, up to 30 days. */
    public static Optional<Duration> interval(String header) {
        double hours = number(header);
        return hours <= 0 || hours > MAX_HOURS
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(Math.max(3600, Math.round(hours * 3600))));
    }

    /** Whether nothing is known. */
    public boolean isUnknown() {
        return equals(UNKNOWN);
    }

    /** Whether all has been used. */
    public boolean isSpent() {
        return used.isPresent() && total.isPresent() && used.get() >= total.get();
    }

    /** Whether it has ended. */
    public boolean isOver(Instant now) {
        return expires.isPresent() && expires.get().isBefore(now);
    }

    private static long add(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    private static Optional<Instant> instant(long seconds) {
        try {
            return seconds == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(seconds));
        } catch (DateTimeException e) {
            return Optional.empty(); // never, for a man's purposes
        }
    }

    /** Not negative; -1 if it is none. */
    static double number(String text) {
        try {
            double value = Double.parseDouble(text.strip());
            return value >= 0 && !Double.isInfinite(value) ? value : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
