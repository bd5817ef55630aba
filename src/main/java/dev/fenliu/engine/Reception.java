package dev.fenliu.engine;

import dev.fenliu.inbound.InboundStream;
import dev.fenliu.model.Host;

/** What users of a tunnel's server end find under a name that no network has: the server itself. */
public interface Reception {
    /** The name. It is asked for inside the tunnel and resolved by nobody ({@code .internal} is for private use). */
    Host.Name NAME = new Host.Name("pair.fenliu.internal");

    /** Takes a stream of a user who has logged in; answers it exactly once. Called on its event loop. */
    void take(InboundStream stream);
}
