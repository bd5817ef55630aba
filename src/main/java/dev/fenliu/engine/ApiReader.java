package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import java.net.InetSocketAddress;
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
        Section api = node == null ? null : Section.open(node, "\"api\"", ConfigKeys.API_KEYS, problems);
        if (api == null) {
            return ApiOptions.DEFAULT;
        }
        Optional<InetSocketAddress> listen = api.get(ConfigKeys.API_LISTEN);
        Optional<Secret> token = Optional.ofNullable(api.get(ConfigKeys.API_TOKEN));
        if (listen == null) {
            return new ApiOptions(ApiOptions.DEFAULT.listen(), false, token);
        }
        listen.ifPresent(address -> take.accept(api.at(ConfigKeys.API_LISTEN), address));
        return new ApiOptions(listen, true, token);
    }
}
