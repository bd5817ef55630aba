package dev.fenliu.engine;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The control API as a listener beside the others: bound, kept and changed with them, for clients from where theirs may
 * come, and no destination of any flow.
 */
final class ApiListener implements ListenerType<ApiOptions> {
    /** What no other listener is called. */
    static final String NAME = "api";

    private final Function<ApiOptions, Acceptor> open;

    ApiListener(Function<ApiOptions, Acceptor> open) {
        this.open = open;
    }

    /** Empty when the config wants none. */
    Optional<ListenerPlan<?>> plan(ApiOptions options) {
        return options.listen()
                .map(listen ->
                        new ListenerPlan<>(this, new ListenerSettings(NAME, NAME, listen, Map.of(), false), options));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(); // its section of the config is read elsewhere
    }

    @Override
    public boolean remote() {
        return false;
    }

    @Override
    public ApiOptions parse(Section section, ListenerSettings settings) {
        return ApiOptions.DEFAULT; // never asked
    }

    @Override
    public Acceptor open(ApiOptions options, ListenerContext context) {
        return open.apply(options);
    }
}
