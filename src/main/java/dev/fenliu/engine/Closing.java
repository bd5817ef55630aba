package dev.fenliu.engine;

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

    /** In words, for its client and the log. */
    String text() {
        return "closed by the proxy: " + why;
    }
}
