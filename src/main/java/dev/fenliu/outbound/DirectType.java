package dev.fenliu.outbound;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.Sockets;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code type: direct}: another way out of this machine, such as a VPN that is already up. */
public final class DirectType implements TunnelType<SocketOptions> {
    private static final Key<String> INTERFACE = Key.optional(
            "interface",
            Type.text("1 to 15 characters such as wg0", "[^\\s/]{1,15}"),
            "The network interface that the sockets are bound to (Linux).");
    private static final Key<InetAddress> SOURCE =
            Key.optional("source-address", Type.ADDRESS, "The address that the sockets are bound to.");
    private static final Key<Integer> MARK =
            Key.optional("mark", Type.integer(1, Integer.MAX_VALUE), "The firewall mark of the sockets (Linux).");

    @Override
    public String name() {
        return "direct";
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(INTERFACE, SOURCE, MARK);
    }

    @Override
    public @Nullable SocketOptions parse(Section section) {
        Integer mark = section.get(MARK);
        SocketOptions options = new SocketOptions(
                Optional.ofNullable(section.get(INTERFACE)),
                Optional.ofNullable(section.get(SOURCE)),
                mark == null ? 0 : mark);
        if (options.needsEpoll() && !Sockets.EPOLL) {
            section.problems()
                    .error(
                            section.node(),
                            section.what() + ": \"interface\" and \"mark\" need Linux on x86_64 or aarch64");
        }
        return section.clean() ? options : null;
    }

    @Override
    public Outbound open(String name, SocketOptions options, TunnelContext context) {
        return new Direct(name, options.marked(context.mark()), context.origins());
    }
}
