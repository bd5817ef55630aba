package dev.fenliu.outbound;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A kind of outbound: its keys, and how options become a running outbound. One line in the catalog registers it. */
public interface TunnelType<O> {
    /** What {@code type:} says. */
    String name();

    /** Its keys beside {@code type} and {@code via}; they drive the parser, the schema and the reference. */
    List<Key<?>> keys();

    /** Reads the keys; null when a problem was reported. The options validate themselves and hide secrets. */
    @Nullable
    O parse(Section section);

    /**
     * Makes the outbound; opens no connection.
     *
     * @throws IOException if a file that the options name cannot be used; the message says which and why
     */
    Outbound open(String name, O options, TunnelContext context) throws IOException;
}
