package dev.fenliu.tally;

import java.util.Locale;
import java.util.Optional;

/** What traffic is counted by. The order is that of what is kept on the disk. */
public enum Dimension {
    DEVICE,
    RULE,
    OUTBOUND,
    GROUP,
    /** Registrable domains, if the user wants them kept. */
    DOMAIN,
    USER;

    /** The one of that name in lower case. */
    public static Optional<Dimension> of(String name) {
        for (Dimension one : values()) {
            if (one.toString().equals(name)) {
                return Optional.of(one);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
