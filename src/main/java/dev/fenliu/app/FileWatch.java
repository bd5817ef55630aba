package dev.fenliu.app;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when one of some files has changed and all have been quiet for 300 ms. Watches their folders, since editors
 * replace files, and looks at the files themselves every five seconds, since some mounts send no events. A thread of its
 * own.
 */
final class FileWatch {
    private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);
    private static final long QUIET = TimeUnit.MILLISECONDS.toNanos(300);
    private static final Duration LOOK = Duration.ofSeconds(5);

    /** What tells one state of a file from another; permissions too, since they can be why it was refused. */
    private static final String MARKS =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                    ? "posix:size,lastModifiedTime,fileKey,permissions"
                    : "size,lastModifiedTime,fileKey";

    private final Runnable changed;
    private final long look;
    private final @Nullable WatchService events;
    private final Thread thread = new Thread(this::watch, "file-watch");
    /** The files, and how each was when it was last looked at, or first named. */
    private final Map<Path, String> seen = new ConcurrentHashMap<>();
    /** The folders that send events. */
    private final Set<Path> folders = new HashSet<>();
    /** When to look again if nothing happens. */
    private long due;
    /** Whether something differed at the last look that is not told yet. */
    private boolean unsettled;

    /** @param changed called on the thread of the watch */
    FileWatch(Runnable changed) {
        this(changed, LOOK);
    }

    /** The same with another time between looks. */
    FileWatch(Runnable changed, Duration look) {
        this.changed = changed;
        this.look = look.toNanos();
        this.due = System.nanoTime() + this.look;
        this.events = events();
        thread.setDaemon(true);
    }

    private static @Nullable WatchService events() {
        try {
            return FileSystems.getDefault().newWatchService();
        } catch (IOException e) {
            LOG.warn("changes of files are noticed late: {}", e.getMessage());
            return null;
        }
    }

    /** The files to watch from now on; what happened to those that were watched before is told all the same. */
    void files(Set<Path> watched) {
        seen.keySet().retainAll(watched);
        watched.forEach(file -> seen.computeIfAbsent(file, FileWatch::mark));
        register();
    }

    /** As the files are now, they are about to be read: only what happens to them from here on is told. */
    synchronized void reading() {
        seen.replaceAll((file, before) -> mark(file));
        unsettled = false;
    }

    void start() {
        thread.start();
    }

    void stop() {
        thread.interrupt();
    }

    private void watch() {
        try (WatchService service = events) {
            while (true) {
                register();
                if (service == null) {
                    TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                    look(true);
                    continue;
                }
                WatchKey key = service.poll(due - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (key == null || concerns(key)) {
                    look(key == null);
                }
            }
        } catch (IOException | InterruptedException e) {
            // stopped
        }
    }

    /** Where a file is, and where it really is if that is elsewhere: a link. */
    private static Set<Path> places(Path file) {
        Path named = file.toAbsolutePath();
        try {
            return new HashSet<>(List.of(named, named.toRealPath()));
        } catch (IOException e) {
            return Set.of(named); // not there now
        }
    }

    /** Whether one of our files is among what has happened: others of the folder may be written to all the time. */
    private boolean concerns(WatchKey key) {
        Path folder = (Path) key.watchable();
        boolean ours = key.pollEvents().stream()
                .anyMatch(event -> !(event.context() instanceof Path name)
                        || seen.keySet().stream().anyMatch(file -> places(file).contains(folder.resolve(name))));
        key.reset();
        return ours;
    }

    private synchronized void register() {
        for (Path file : seen.keySet()) {
            for (Path place : places(file)) {
                Path folder = place.getParent();
                if (events != null && folder != null && !folders.contains(folder)) {
                    try {
                        folder.register(
                                events,
                                StandardWatchEventKinds.ENTRY_CREATE,
                                StandardWatchEventKinds.ENTRY_MODIFY,
                                StandardWatchEventKinds.ENTRY_DELETE);
                        folders.add(folder);
                    } catch (IOException | ClosedWatchServiceException e) {
                        // not there now: tried again after the next look
                    }
                }
            }
        }
    }

    /**
     * Looks at the files. What differs may still be being written, so it is told when it stays the same until the next
     * look.
     *
     * @param waited whether all was quiet since the last look
     */
    private synchronized void look(boolean waited) {
        boolean different = false;
        for (Path file : Set.copyOf(seen.keySet())) {
            String now = mark(file);
            String before = seen.replace(file, now);
            different |= before != null && !before.equals(now);
        }
        if (different) {
            unsettled = true;
            due = System.nanoTime() + QUIET;
        } else if (waited) {
            if (unsettled) {
                changed.run();
            }
            unsettled = false;
            due = System.nanoTime() + look;
        }
    }

    private static String mark(Path file) {
        try {
            return Files.readAttributes(file, MARKS).toString();
        } catch (IOException e) {
            return "missing";
        }
    }
}
