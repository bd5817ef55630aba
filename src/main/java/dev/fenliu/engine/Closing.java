package dev.fenliu.engine;

import java.util.Locale;

/** Why we end a flow that could go on. */
enum Closing {
    RULES_CHANGED("the rules have changed"),
    USED_UP("its user has used up its traffic"),
    USER_GONE("its user is gone"),
    WANTED("somebody ended it by hand"),
    STOPPING("the program ends");

    private final String why;

    Closing(String why) {
        this.why = why;
    }

    /** In a word that stays. */
    String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** In words, for its client and the log. */
    String text() {
        return "closed by the proxy: " + why;
    }
}
