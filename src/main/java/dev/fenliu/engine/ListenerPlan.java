package dev.fenliu.engine;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import java.io.IOException;

/** A listener as the config wants it. Equal plans need no change on reload. */
record ListenerPlan<O>(ListenerType<O> type, ListenerSettings settings, O options) {
    Acceptor open(ListenerContext context) throws IOException {
        return type.open(options, context);
    }
}
