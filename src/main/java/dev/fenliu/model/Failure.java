package dev.fenliu.model;

import org.jspecify.annotations.Nullable;

/**
 * Why a flow could not be served. Stack-less; each listener maps the kind to its protocol's reply in one table. The
 * message names cause and, where there is one, remedy; it never holds a secret.
 */
public final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    /** What went wrong, from the client's point of view. */
    public enum Kind {
        /** A rule says block. */
        BLOCKED,
        /** The destination is one that this client may not reach: private, reserved, or a port that is never served. */
        FORBIDDEN,
        /** The destination is one of our own listeners. */
        LOOP,
        /** The name does not exist or has no address. */
        UNRESOLVED,
        /** No resolver gave an answer: they could not be reached or trusted, or could not tell. */
        RESOLVER_FAILED,
        /** No resolver answered in time. */
        RESOLVER_TIMEOUT,
        /** The destination answered with a reset. */
        REFUSED,
        NETWORK_UNREACHABLE,
        HOST_UNREACHABLE,
        /** The destination did not answer in time. */
        TIMEOUT,
        /** The tunnel that must carry the flow is down, or its group has no usable member. */
        TUNNEL_DOWN,
        /** The tunnel refused our credentials, or sent what its protocol does not allow. */
        TUNNEL_PROTOCOL,
        /** The tunnel's certificate did not verify. */
        TUNNEL_CERTIFICATE,
        /** The outbound cannot carry this transport. */
        UNSUPPORTED,
        /** Too many connections. */
        OVERLOADED,
        /** The client went away first. */
        CLIENT_GONE,
        /** Our own fault. */
        INTERNAL
    }

    private final Kind kind;
    private final Ender by;

    public Failure(Kind kind, String message) {
        this(kind, message, null);
    }

    /** @param cause if it is a failure itself, this one is of the same ender */
    public Failure(Kind kind, String message, @Nullable Throwable cause) {
        this(kind, message, cause, cause instanceof Failure first ? first.by : usual(kind));
    }

    private Failure(Kind kind, String message, @Nullable Throwable cause, Ender by) {
        super(message, cause, false, false);
        this.kind = kind;
        this.by = by;
    }

    private static Ender usual(Kind kind) {
        return switch (kind) {
            case CLIENT_GONE -> Ender.CLIENT;
            case REFUSED, HOST_UNREACHABLE, TIMEOUT, TUNNEL_DOWN, TUNNEL_PROTOCOL -> Ender.UPSTREAM;
            default -> Ender.US;
        };
    }

    /** The same failure, made by another than those of its kind usually are: a refusal that a tunnel's server sent, say. */
    public Failure by(Ender ender) {
        return new Failure(kind, text(), getCause(), ender);
    }

    /** Who made it. */
    public Ender by() {
        return by;
    }

    public Kind kind() {
        return kind;
    }

    /** What went wrong and why; never null. */
    public String text() {
        String message = getMessage();
        return message == null ? kind.name() : message;
    }

    /** {@code cause} itself if it is a failure, otherwise one of {@link Kind#INTERNAL}. */
    public static Failure of(@Nullable Throwable cause) {
        if (cause instanceof Failure failure) {
            return failure;
        }
        return new Failure(Kind.INTERNAL, "unexpected: " + cause, cause);
    }
}
