package dev.fenliu.control.http;

/** A request that makes no sense: the client is answered 400 with the message. Without a stack. */
public final class BadRequest extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BadRequest(String message) {
        super(message, null, false, false);
    }
}
