package dev.fenliu.engine;

import dev.fenliu.inbound.Acceptor;

/** Makes what serves the control API; the layer above knows how. */
@FunctionalInterface
public interface ControlApi {
    /**
     * Called at the start, and when the options may have changed: who knows them already gives what it gave.
     *
     * @param proxy what the API tells of
     */
    Acceptor open(ApiOptions options, Proxy proxy);
}
