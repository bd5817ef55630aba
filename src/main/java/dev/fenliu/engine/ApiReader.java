package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Reads the {@code api} of a config. */
final class ApiReader {
    private ApiReader() {}

    /**
     * Reads it.
     *
     * @param node null when the config does not speak of it
     * @param take takes an address, or reports that a listener has it
     */
    static ApiOptions read(
            @Nullable ConfigNode node, BiConsumer<ConfigNode, InetSocketAddress> take, Problems problems) {
        Section api = node == null ? null : Section.open(node, "\"api\"", ApiKeys.ALL, problems);
        if (api == null) {
            return ApiOptions.DEFAULT;
        }
        Optional<InetSocketAddress> listen = api.get(ApiKeys.LISTEN);
        ApiOptions.Tokens tokens = new ApiOptions.Tokens(
                Optional.ofNullable(api.get(ApiKeys.TOKEN)),
                Optional.ofNullable(api.get(ApiKeys.SWITCH_TOKEN)),
                Optional.ofNullable(api.get(ApiKeys.READ_TOKEN)));
        List<String> origins = api.get(ApiKeys.ORIGINS);
        if (listen != null && listen.isPresent()) {
            take.accept(api.at(ApiKeys.LISTEN), listen.get());
        }
        return new ApiOptions(
                listen == null ? ApiOptions.DEFAULT.listen() : listen,
                listen != null,
                Optional.ofNullable(api.get(ApiKeys.SOCKET)),
                tokens,
                origins == null ? List.of() : origins,
                Optional.ofNullable(api.get(ApiKeys.UI)));
    }
}
