package dev.fenliu.control.http;

import java.util.Locale;

/** What a token is good for; each includes those before it. */
public enum Scope {
    /** Looks. */
    READ,
    /** Also switches and tests what the config lets choose, and ends flows. */
    SWITCH,
    /** Also changes the config. */
    ADMIN;

    /** Whether who has this one may do what takes {@code needed}. */
    public boolean covers(Scope needed) {
        return compareTo(needed) >= 0;
    }

    /** Its name in configs and answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
