package dev.fenliu.outbound;

import dev.fenliu.model.Host;
import dev.fenliu.net.Dial;
import java.net.InetAddress;
import java.util.Optional;

/** What a group may choose by: where a flow wants to go, and who wants it; empty where that is not known. */
public record Aim(Optional<Host> host, Optional<InetAddress> client) {
    /** Nothing is known. */
    public static final Aim ANY = new Aim(Optional.empty(), Optional.empty());

    /** Both are known. */
    public static Aim of(Host host, InetAddress client) {
        return new Aim(Optional.of(host), Optional.of(client));
    }

    static Aim of(Dial dial) {
        return new Aim(Optional.of(dial.destination().host()), dial.client());
    }

    /** What hosts that belong together have in common; empty when the host is not known. */
    String site() {
        return host.map(Site::of).orElse("");
    }
}
