package dev.fenliu.inbound.http;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import java.util.List;

/** {@code type: http}: an HTTP proxy without keys of its own. */
public final class HttpType implements ListenerType<HttpType.Options> {
    /** Nothing to choose. */
    public record Options() {}

    @Override
    public String name() {
        return "http";
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
        return new HttpRecognizer(context)::install;
    }
}
