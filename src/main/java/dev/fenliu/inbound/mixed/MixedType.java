package dev.fenliu.inbound.mixed;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.inbound.Recognizer;
import java.util.List;
import java.util.function.Function;

/** {@code type: mixed}: all protocols of a local proxy on one port. */
public final class MixedType implements ListenerType<MixedType.Options> {
    /** Nothing beside what every listener has. */
    public record Options() {}

    private final List<Function<ListenerContext, Recognizer>> protocols;

    /** @param protocols in the order in which they are asked */
    public MixedType(List<Function<ListenerContext, Recognizer>> protocols) {
        this.protocols = List.copyOf(protocols);
    }

    @Override
    public String name() {
        return "mixed";
    }

    @Override
    public List<Key<?>> keys() {
        return List.of();
    }

    @Override
    public boolean remote() {
        return false;
    }

    @Override
    public Options parse(Section section, ListenerSettings settings) {
        return new Options();
    }

    @Override
    public Acceptor open(Options options, ListenerContext context) {
        List<Recognizer> recognizers =
                protocols.stream().map(protocol -> protocol.apply(context)).toList();
        return client -> client.pipeline().addLast("mixed", new FirstBytes(recognizers));
    }
}
