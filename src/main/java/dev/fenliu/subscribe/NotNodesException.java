package dev.fenliu.subscribe;

/** A text is no list of nodes. The message says what it is instead, and holds nothing of it. */
public final class NotNodesException extends Exception {
    private static final long serialVersionUID = 1;

    NotNodesException(String message) {
        super(message, null, false, false);
    }
}
