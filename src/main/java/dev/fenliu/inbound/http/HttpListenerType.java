package dev.fenliu.inbound.http;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A listener for programs of this machine and its network that speaks HTTP, alone or beside others. */
public final class HttpListenerType implements ListenerType<HttpListenerType.Options> {
    /**
     * What the config says.
     *
     * @param fallback whether browsers may go direct when they do not reach us, for what goes direct
     */
    public record Options(boolean fallback) {}

    private static final Key<Boolean> PAC_FALLBACK = Key.withDefault(
            "pac-fallback",
            Type.choice(Map.of("direct", true)),
            false,
            "`direct`: /proxy.pac lets browsers go direct while this proxy cannot be reached, for hosts that go direct by"
                    + " rules about their names alone, and never for others. It tells these names to whoever asks by an"
                    + " address of this machine or a local name, so it does not go with `users`.");

    private final String name;
    private final BiFunction<ListenerContext, Boolean, Acceptor> protocol;

    /**
     * Makes a type.
     *
     * @param name what {@code type:} says
     * @param protocol is given {@link Options#fallback}
     */
    public HttpListenerType(String name, BiFunction<ListenerContext, Boolean, Acceptor> protocol) {
        this.name = name;
        this.protocol = protocol;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(PAC_FALLBACK);
    }

    @Override
    public boolean remote() {
        return false;
    }

    @Override
    public @Nullable Options parse(Section section, ListenerSettings settings) {
        boolean fallback = section.value(PAC_FALLBACK);
        if (fallback && !settings.users().isEmpty()) {
            section.problems()
                    .error(
                            section.at(PAC_FALLBACK),
                            "\"pac-fallback\" does not go with \"users\": browsers fetch /proxy.pac without a password, and"
                                    + " with it the script tells names that rules name",
                            "leave it out, or give those who may know them a listener without users");
        }
        return section.clean() ? new Options(fallback) : null;
    }

    @Override
    public Acceptor open(Options options, ListenerContext context) {
        return protocol.apply(context, options.fallback());
    }
}
