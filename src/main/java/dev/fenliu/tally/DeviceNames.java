package dev.fenliu.tally;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How clients are called, as far as somebody has looked. Safe for concurrent use. */
final class DeviceNames {
    private static final int MOST = 10_000;
    private static final String HERE = "localhost";

    private final Map<InetAddress, String> names = new ConcurrentHashMap<>();

    /** Without a look: its address if nobody has looked. */
    String of(InetAddress client) {
        return client.isLoopbackAddress() ? HERE : names.getOrDefault(client, Addresses.text(client));
    }

    /** Looks, which may wait for the system. */
    String look(InetAddress client, Tally.@Nullable Source source) {
        if (client.isLoopbackAddress()) {
            return HERE;
        }
        String address = Addresses.text(client);
        String name = source == null ? address : source.device(client).orElse(address);
        if (names.size() < MOST) {
            names.put(client, name);
        }
        return name;
    }
}
