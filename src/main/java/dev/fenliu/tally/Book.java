package dev.fenliu.tally;

import dev.fenliu.config.Type;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where what was counted is kept: in a file that only its owner can read and that one process has at a time, or in memory.
 * A file that cannot be used is set aside. Blocks on the disk; not thread-safe.
 */
final class Book {
    private static final Logger LOG = LoggerFactory.getLogger(Book.class);
    private static final String FILE = "traffic.mv";
    private static final String ASIDE = "traffic.bad";
    private static final String LEFT = ".left";
    private static final String VERSION = "version";
    private static final int TIDY = 80; // per cent of the file in use
    private static final int MOST_MOVED = 1 << 18;
    private static final String CURRENT = "1";

    private final @Nullable MVStore store;
    private final Map<Long, byte[]> days;
    private final Map<String, String> hits;

    Book(@Nullable MVStore store, Map<Long, byte[]> days, Map<String, String> hits) {
        this.store = store;
        this.days = days;
        this.hits = hits;
    }

    /** An empty one that is gone with the process. */
    static Book inMemory() {
        return new Book(null, new TreeMap<>(), new HashMap<>());
    }

    /**
     * The one in that folder; null while another process has it.
     *
     * @param retention of what has been replaced, in milliseconds
     * @throws IOException if there can be none
     */
    static @Nullable Book open(Path folder, int retention) throws IOException {
        Path file = folder.resolve(FILE);
        try {
            return of(file, retention);
        } catch (MVStoreException | IllegalArgumentException e) {
            int code = e instanceof MVStoreException failure ? failure.getErrorCode() : DataUtils.ERROR_INTERNAL;
            if (code == DataUtils.ERROR_FILE_LOCKED) {
                return null;
            }
            if (code == DataUtils.ERROR_WRITING_FAILED) { // of a disk that is full: what is in the file is good
                throw new IOException(reason(e), e);
            }
            Path aside = folder.resolve(ASIDE);
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            LOG.warn("{} cannot be used: {}; it is now {}", file, reason(e), aside.getFileName());
        }
        try {
            return of(file, retention);
        } catch (MVStoreException e) {
            throw new IOException(reason(e), e);
        }
    }

    /** The files that {@link #leave} has made. */
    static List<Path> left(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(LEFT))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /**
     * Puts what is in this book into a file of its own in that folder, for the process that has the file there; nothing if
     * there is nothing.
     */
    void leave(Path folder) throws IOException {
        if (days.isEmpty() && hits.isEmpty()) {
            return;
        }
        String name = "traffic-" + ProcessHandle.current().pid();
        Path part = folder.resolve(name + ".part");
        Files.deleteIfExists(part);
        Book file = of(part, 0);
        file.days.putAll(days);
        file.hits.putAll(hits);
        file.commit();
        file.close();
        Files.move(part, folder.resolve(name + LEFT), StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * That of a file.
     *
     * @throws MVStoreException if it is none
     * @throws IllegalArgumentException if it is of another version
     */
    static Book of(Path file, int retention) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        try {
            Files.createFile(file, readableByOwner());
        } catch (FileAlreadyExistsException e) {
            // as it should be
        }
        MVStore store = new MVStore.Builder()
                .fileName(file.toString())
                .autoCommitDisabled()
                .compressHigh()
                .cacheSize(1)
                .open();
        store.setRetentionTime(retention);
        MVMap<String, String> about = store.openMap(
                "about",
                new MVMap.Builder<String, String>()
                        .keyType(StringDataType.INSTANCE)
                        .valueType(StringDataType.INSTANCE));
        String version = about.putIfAbsent(VERSION, CURRENT);
        if (version != null && !version.equals(CURRENT)) {
            store.closeImmediately();
            throw new IllegalArgumentException("it is of version " + version + ", not " + CURRENT);
        }
        return new Book(
                store,
                store.openMap(
                        "days",
                        new MVMap.Builder<Long, byte[]>()
                                .keyType(LongDataType.INSTANCE)
                                .valueType(ByteArrayDataType.INSTANCE)),
                store.openMap(
                        "hits",
                        new MVMap.Builder<String, String>()
                                .keyType(StringDataType.INSTANCE)
                                .valueType(StringDataType.INSTANCE)));
    }

    /** Why, in the words of the system if it has any. */
    static String reason(Exception e) {
        Throwable root = e;
        while (root.getCause() != null && root.getCause().getMessage() != null) {
            root = root.getCause();
        }
        String message = root instanceof IOException io ? Type.reason(io) : String.valueOf(root.getMessage());
        int end = message.indexOf(" [2."); // MVStore ends with its version
        return end < 0 ? message : message.substring(0, end);
    }

    private static FileAttribute<?>[] readableByOwner() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    /** Days as {@link Day} writes them, by a number of the archive's. */
    Map<Long, byte[]> days() {
        return days;
    }

    /** Rules, and how often and when they matched, as {@link Hits} writes them. */
    Map<String, String> hits() {
        return hits;
    }

    boolean isInMemory() {
        return store == null;
    }

    /** Writes what has changed; it is whole whenever the machine goes out. */
    void commit() {
        if (store != null) {
            store.commit();
        }
    }

    /**
     * Moves together what is left of what was replaced, once a day and little by little: all at once would take the file
     * the same room again.
     */
    void tidy() {
        if (store != null) {
            store.compact(TIDY, MOST_MOVED);
        }
    }

    /** Writes, and lets another process have the file. */
    void close() {
        if (store != null) {
            store.close();
        }
    }

    /** Lets go of a file with which something is wrong. */
    void abandon() {
        if (store != null) {
            store.closeImmediately();
        }
    }
}
