package dev.fenliu.inbound.socks;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import java.util.List;

/** {@code type: socks}: SOCKS 4, 4a and 5. */
public final class SocksType implements ListenerType<SocksType.Options> {
    /** Nothing beside what every listener has. */
    public record Options() {}

    @Override
    public String name() {
        return "socks";
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
        return new SocksRecognizer(context)::install;
    }
}
