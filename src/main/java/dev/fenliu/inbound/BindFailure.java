package dev.fenliu.inbound;

import dev.fenliu.model.Transport;
import dev.fenliu.net.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Locale;

/** A listener's address could not be bound. The message names the address and why; the cause is the system's error. */
public final class BindFailure extends IOException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** Another socket holds the port. */
        TAKEN("another program uses this port"),
        /** The port is a privileged one. */
        FORBIDDEN("permission denied"),
        /** The protocol needs more than a socket that is bound. */
        UNPRIVILEGED("not permitted to take over the traffic of others"),
        /** No interface of this machine has the address. */
        NO_SUCH_ADDRESS("this machine has no such address"),
        OTHER("");

        private final String words;

        Reason(String words) {
            this.words = words;
        }
    }

    private final InetSocketAddress address;
    private final Transport transport;
    private final Reason reason;

    BindFailure(InetSocketAddress address, Transport transport, Throwable cause) {
        this(address, transport, cause, Reason.FORBIDDEN);
    }

    /** @param forbidden what it means when the system does not let it */
    BindFailure(InetSocketAddress address, Transport transport, Throwable cause, Reason forbidden) {
        super(cause);
        this.address = address;
        this.transport = transport;
        String words = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        reason = words.contains("in use")
                ? Reason.TAKEN
                : words.contains("permission") || words.contains("not permitted")
                        ? forbidden
                        : words.contains("assign") ? Reason.NO_SUCH_ADDRESS : Reason.OTHER;
    }

    public InetSocketAddress address() {
        return address;
    }

    public Transport transport() {
        return transport;
    }

    public Reason reason() {
        return reason;
    }

    @Override
    public String getMessage() {
        Throwable cause = getCause();
        return "cannot listen on " + Sockets.text(address) + " (" + transport + "): "
                + (reason != Reason.OTHER || cause == null ? reason.words : cause.getMessage());
    }
}
