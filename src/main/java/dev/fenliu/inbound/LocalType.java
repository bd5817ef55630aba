package dev.fenliu.inbound;

import dev.fenliu.config.Section;
import java.util.function.Function;

/** A kind of listener for programs of this machine and its network; it has no keys of its own. */
public final class LocalType implements ListenerType<LocalType.Options> {
    /** Nothing beside what every listener has. */
    public record Options() {}

    private final String name;
    private final Function<ListenerContext, Acceptor> protocol;

    /** @param name what {@code type:} says */
    public LocalType(String name, Function<ListenerContext, Acceptor> protocol) {
        this.name = name;
        this.protocol = protocol;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Options parse(Section section, ListenerSettings settings) {
        return new Options();
    }

    @Override
    public Acceptor open(Options options, ListenerContext context) {
        return protocol.apply(context);
    }
}
