package dev.fenliu.net;

import dev.fenliu.model.Failure;
import java.net.NetworkInterface;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/** The network interfaces of this machine as they are now. */
public final class Interfaces {
    private Interfaces() {}

    /** Why nothing can leave through the interface of that name, or null when something can. Asks the kernel, so soon. */
    public static @Nullable Failure fault(String name) {
        try {
            NetworkInterface found = NetworkInterface.networkInterfaces()
                    .filter(one -> one.getName().equals(name))
                    .findFirst()
                    .orElse(null);
            if (found == null) {
                return fault(name, "is not there");
            }
            return found.isUp() ? null : fault(name, "is down");
        } catch (SocketException e) {
            return fault(name, "cannot be looked at: " + e.getMessage());
        }
    }

    private static Failure fault(String name, String how) {
        return new Failure(
                Failure.Kind.NETWORK_UNREACHABLE, "the network interface \"" + name + "\" " + how);
    }
}
