package dev.fenliu.app;

import dev.fenliu.engine.ConfigRejected;
import dev.fenliu.engine.ProcFs;
import dev.fenliu.inbound.BindFailure;

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

    /** What a config that cannot be brought into force comes to. */
    static Stop of(Throwable cause) {
        if (cause instanceof ConfigRejected) {
            return rejected();
        }
        if (cause instanceof BindFailure failure && failure.reason() == BindFailure.Reason.TAKEN) {
            String holder = ProcFs.listener(failure.address(), failure.transport())
                    .map(found -> found + " has it")
                    .orElse("another program has it");
            return new Stop(
                    ExitCode.PORT_TAKEN,
                    "port " + failure.address().getPort() + " is taken: " + holder
                            + ". End it, or choose another: `listen:` in the config, --port of the demo.");
        }
        if (cause instanceof BindFailure failure && failure.reason() == BindFailure.Reason.FORBIDDEN) {
            return new Stop(
                    ExitCode.PERMISSION, failure.getMessage() + ". Ports below 1024 need CAP_NET_BIND_SERVICE.");
        }
        if (cause instanceof BindFailure failure && failure.reason() == BindFailure.Reason.UNPRIVILEGED) {
            return new Stop(
                    ExitCode.PERMISSION,
                    failure.getMessage() + ". That needs CAP_NET_ADMIN: run it as root, or write"
                            + " AmbientCapabilities=CAP_NET_ADMIN into the service.");
        }
        return new Stop(ExitCode.FAILED, String.valueOf(cause.getMessage()));
    }

    /** Of a config that has errors, which have been said. */
    static Stop rejected() {
        return new Stop(ExitCode.CONFIG, "the config has errors");
    }
}
