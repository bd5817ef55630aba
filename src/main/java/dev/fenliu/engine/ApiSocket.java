package dev.fenliu.engine;

import dev.fenliu.config.Type;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.net.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Unix socket of the control API, which only the user who runs the program can open: it is bound in a folder that is
 * private, and moved to its place when it is. Where it cannot be, the program goes on without it. For one thread.
 */
final class ApiSocket {
    private static final Logger LOG = LoggerFactory.getLogger(ApiSocket.class);

    private final EventLoopGroup loops;
    private volatile @Nullable Acceptor acceptor;
    private @Nullable Path bound;
    private @Nullable Channel socket;

    ApiSocket(EventLoopGroup loops) {
        this.loops = loops;
    }

    /** Serves at {@code path} from now on, or nowhere. Clients that are here stay. */
    void follow(Optional<Path> path, Acceptor now) {
        acceptor = now;
        if (path.equals(Optional.ofNullable(bound))) {
            return;
        }
        close();
        path.ifPresent(this::bind);
    }

    private void bind(Path path) {
        if (!Sockets.EPOLL) {
            LOG.warn("there is no API at {}: Unix sockets are for Linux", path);
            return;
        }
        Path folder;
        try {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !isSocket(path)) {
                throw new IOException("something else is there");
            }
            Path parent = path.toAbsolutePath().getParent();
            folder = Files.createTempDirectory(
                    parent,
                    ".fenliu",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            failed(path, Type.reason(e));
            return;
        }
        Path fresh = folder.resolve("s");
        bound = path;
        ChannelFuture binding = Sockets.unixServer(loops, this::accept).bind(new DomainSocketAddress(fresh.toString()));
        socket = binding.channel();
        binding.addListener((ChannelFutureListener) done -> {
            try {
                if (!done.isSuccess()) {
                    throw new IOException(done.cause());
                }
                Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
                Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                done.channel().close();
                failed(path, Type.reason(e));
            } finally {
                delete(fresh);
                delete(folder);
            }
        });
    }

    private static boolean isSocket(Path path) throws IOException {
        return Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther();
    }

    private static void failed(Path path, String why) {
        LOG.warn("there is no API at {}: {}", path, why);
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.debug("{} stays: {}", path, Type.reason(e));
        }
    }

    private void accept(Channel client) {
        Acceptor now = acceptor;
        if (now == null) {
            client.close();
        } else {
            now.accept(client);
        }
    }

    /** Takes it away; clients that are here stay. */
    void close() {
        Channel open = socket;
        Path path = bound;
        socket = null;
        bound = null;
        if (open != null && path != null) {
            open.close();
            delete(path);
        }
    }
}
