package dev.fenliu.inbound.transparent;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.Access;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.inbound.LocalType;
import dev.fenliu.net.Sockets;
import org.jspecify.annotations.Nullable;

/** The listener types {@code tproxy} (TCP and UDP) and {@code redirect} (TCP); they have no keys of their own. */
public final class TransparentType implements ListenerType<LocalType.Options> {
    public static final TransparentType TPROXY = new TransparentType("tproxy");
    public static final TransparentType REDIRECT = new TransparentType("redirect");

    private final String name;

    private TransparentType(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Access access(ListenerSettings settings) {
        return Access.ROUTED;
    }

    @Override
    public LocalType.@Nullable Options parse(Section section, ListenerSettings settings) {
        Problems problems = section.problems();
        if (!Sockets.EPOLL) {
            problems.error(section.node(), section.what() + " needs Linux on x86_64 or aarch64");
        }
        ConfigNode users = section.node().get("users");
        if (users != null) {
            problems.error(
                    users,
                    "\"users\" in " + section.what() + ": clients that know of no proxy cannot log in",
                    "write `lan: trusted`");
        } else if (!settings.lanTrusted()) {
            problems.error(
                    section.node(),
                    section.what() + " serves the local network without passwords",
                    "write `lan: trusted` if that is wanted");
        }
        ConfigNode listen = section.node().get("listen");
        if (listen != null && !settings.listen().getAddress().isAnyLocalAddress()) {
            problems.error(
                    listen,
                    section.what() + " takes what was sent to any address",
                    "listen on [::]:" + settings.listen().getPort());
        }
        return section.clean() ? new LocalType.Options() : null;
    }

    @Override
    public Acceptor open(LocalType.Options options, ListenerContext context) {
        return new TransparentAcceptor(context, this == TPROXY);
    }
}
