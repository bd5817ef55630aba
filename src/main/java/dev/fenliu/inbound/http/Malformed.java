package dev.fenliu.inbound.http;

/** A message that is not taken, and the status that says so to a client. Stack-less. */
final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    Malformed(int status, String text) {
        super(text, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
