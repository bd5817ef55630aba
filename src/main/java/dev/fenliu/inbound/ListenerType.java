package dev.fenliu.inbound;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A kind of listener: its keys, and how options become something that accepts. One line in the catalog registers it. */
public interface ListenerType<O> {
    /** What {@code type:} says. */
    String name();

    /** Its keys beside those of {@link ListenerSettings}. */
    default List<Key<?>> keys() {
        return List.of();
    }

    /**
     * Whether it is the server end of a tunnel: clients from anywhere, who prove themselves in its protocol, and who
     * may not reach private addresses unless {@link Acceptor#allowsPrivate}.
     */
    default boolean remote() {
        return false;
    }

    /** Whether its clients come over TCP; if not, only UDP is bound. */
    default boolean streams() {
        return true;
    }

    /** Whether its clients can log in. */
    default boolean takesUsers() {
        return true;
    }

    /** Whom such a listener serves. */
    default Access access(ListenerSettings settings) {
        return Access.of(settings, remote());
    }

    /** Reads the keys; null when a problem was reported. Options are compared by equality on reload. */
    @Nullable
    O parse(Section section, ListenerSettings settings);

    /**
     * Makes the acceptor; binds nothing.
     *
     * @throws IOException if a file that the options name cannot be used; the message says which and why
     */
    Acceptor open(O options, ListenerContext context) throws IOException;
}
