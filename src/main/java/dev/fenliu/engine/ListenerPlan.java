package dev.fenliu.engine;

import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import java.io.IOException;
import java.util.Optional;

/**
 * A listener as the config wants it. Equal plans need no change on reload.
 *
 * @param users those of a file of their own, whose logins are among those of the settings
 */
record ListenerPlan<O>(ListenerType<O> type, ListenerSettings settings, O options, Optional<UserFile> users) {
    ListenerPlan(ListenerType<O> type, ListenerSettings settings, O options) {
        this(type, settings, options, Optional.empty());
    }

    Acceptor open(ListenerContext context) throws IOException {
        return type.open(options, context);
    }
}
