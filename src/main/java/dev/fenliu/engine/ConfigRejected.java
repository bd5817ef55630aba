package dev.fenliu.engine;

/** The config has errors, which were reported. Stack-less. */
public final class ConfigRejected extends Exception {
    private static final long serialVersionUID = 1L;

    ConfigRejected() {
        super("the config has errors", null, false, false);
    }
}
