package dev.fenliu.app;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells when one of some files has changed and all have been quiet for 300 ms. Watches their folders, since editors
 * replace files, and looks at the files themselves every five seconds, since some mounts send no events. A thread of its
 * own.
 */
final class FileWatch {
    private static final long QUIET_MILLIS = 300;
    private static final long LOOK_SECONDS = 5;

    private final Runnable changed;
    private final Thread thread = new Thread(this::watch, "file-watch");
    private volatile Set<Path> files = Set.of();
    private volatile boolean refresh;

    /** @param changed called on the thread of the watch */
    FileWatch(Runnable changed) {
        this.changed = changed;
        thread.setDaemon(true);
    }

    /** The files to watch from now on; those that were not watched before, as they are now. */
    void files(Set<Path> watched) {
        files = Set.copyOf(watched);
        refresh = true;
    }

    void start() {
        thread.start();
    }

    void stop() {
        thread.interrupt();
    }

    private void watch() {
        try (WatchService service = FileSystems.getDefault().newWatchService()) {
            Map<Path, String> seen = Map.of();
            Set<Path> folders = new HashSet<>();
            while (!Thread.currentThread().isInterrupted()) {
                if (refresh) {
                    refresh = false;
                    Map<Path, String> known = seen;
                    seen = look();
                    seen.replaceAll(known::getOrDefault); // what changed during a reload has still to be told
                }
                register(service, folders);
                WatchKey key = service.poll(LOOK_SECONDS, TimeUnit.SECONDS);
                while (key != null) {
                    key.pollEvents();
                    key.reset();
                    key = service.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
                }
                Map<Path, String> now = look();
                if (!refresh && !now.equals(seen)) {
                    seen = now;
                    changed.run();
                }
            }
        } catch (IOException | InterruptedException e) {
            // without a watch there is still the HUP signal
        }
    }

    private void register(WatchService service, Set<Path> known) {
        for (Path file : files) {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null && known.add(folder)) {
                try {
                    folder.register(
                            service,
                            StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_MODIFY,
                            StandardWatchEventKinds.ENTRY_DELETE);
                } catch (IOException e) {
                    known.remove(folder); // not there now; looked at again later
                }
            }
        }
    }

    private Map<Path, String> look() {
        Map<Path, String> state = new HashMap<>();
        for (Path file : files) {
            state.put(file, mark(file));
        }
        return state;
    }

    private static String mark(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            @Nullable Object key = attributes.fileKey();
            return attributes.size() + " " + attributes.lastModifiedTime().toMillis() + " " + key;
        } catch (IOException e) {
            return "missing";
        }
    }
}
