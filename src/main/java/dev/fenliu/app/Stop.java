package dev.fenliu.app;

/** Ends the program with a message for the user and an {@link ExitCode}. Stack-less. */
final class Stop extends Exception {
    private static final long serialVersionUID = 1L;

    private final int code;

    Stop(int code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    int code() {
        return code;
    }
}
