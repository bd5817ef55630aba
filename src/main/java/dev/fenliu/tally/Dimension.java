package dev.fenliu.tally;

import java.util.Locale;
import java.util.Optional;

/** What traffic is counted by. */
public enum Dimension {
    DEVICE(0),
    RULE(1),
    OUTBOUND(2),
    GROUP(3),
    /** Registrable domains, if the user wants them kept. */
    DOMAIN(4),
    USER(5);

    /** On the disk. */
    final int number;

    Dimension(int number) {
        this.number = number;
    }

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
