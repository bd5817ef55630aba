package dev.fenliu.app;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads what reload and shutdown may need. The Java runtime loads a class from the jar when it is first used, and cannot
 * once the jar was written over by a newer one; the running program must then still take a reload and end in order.
 */
final class Preload {
    private static final Logger LOG = LoggerFactory.getLogger(Preload.class);
    private static final String CLASS = ".class";
    private static final List<String> NEEDED = List.of(
            "dev/fenliu/",
            "io/netty/buffer/",
            "io/netty/channel/Abstract",
            "io/netty/channel/epoll/",
            "io/netty/channel/socket/Channel",
            "io/netty/channel/unix/",
            "io/netty/util/collection/IntObject",
            "io/netty/util/concurrent/",
            "org/yaml/snakeyaml/error/",
            "org/yaml/snakeyaml/scanner/",
            "ch/qos/logback/classic/spi/",
            "picocli/CommandLine$IE");

    private Preload() {}

    /** Starts to; the program can be used meanwhile. */
    static void start() {
        Thread thread = new Thread(Preload::load, "preload");
        thread.setDaemon(true);
        thread.start();
    }

    private static void load() {
        CodeSource source = Preload.class.getProtectionDomain().getCodeSource();
        try {
            Path path = source == null ? null : Path.of(source.getLocation().toURI());
            if (path != null && Files.isRegularFile(path)) {
                load(path);
            }
        } catch (IOException | URISyntaxException e) {
            LOG.debug("not loaded ahead: {}", e.getMessage()); // as good as before, if the jar stays
        }
    }

    private static void load(Path jar) throws IOException {
        int loaded = 0;
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : (Iterable<JarEntry>) file.stream()::iterator) {
                String name = entry.getName();
                if (name.endsWith(CLASS) && NEEDED.stream().anyMatch(name::startsWith)) {
                    loaded += load(
                            name.substring(0, name.length() - CLASS.length()).replace('/', '.'));
                }
            }
        }
        LOG.debug("{} classes are loaded", loaded);
    }

    private static int load(String name) {
        try {
            Class.forName(name, false, Preload.class.getClassLoader());
            return 1;
        } catch (ClassNotFoundException | LinkageError e) {
            return 0; // one for another system or for a library that is not there
        }
    }
}
