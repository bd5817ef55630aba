package dev.fenliu.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The last good copy of each remote list, on disk below the hash of its address, so that no remote word ever names a
 * file. Files are replaced whole. Blocks on the disk; safe for concurrent use.
 */
final class ListCache {
    /** A copy and what its server called it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Copy(byte[] content, Optional<String> etag, Instant fetched) {}

    private final Path folder;

    ListCache(Path state) {
        this.folder = state.resolve("lists");
    }

    /** Where the copy of that list is kept. */
    Path file(URI uri) {
        byte[] hash = sha256().digest(uri.toString().getBytes(StandardCharsets.UTF_8));
        return folder.resolve(HexFormat.of().formatHex(hash) + ".list");
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The copy, if there is one that can be read. */
    Optional<Copy> read(URI uri) {
        Path file = file(uri);
        try {
            byte[] content = Files.readAllBytes(file);
            Instant fetched = Files.getLastModifiedTime(file).toInstant();
            return Optional.of(new Copy(content, etag(file), fetched));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Its absence, also while the copy is being replaced, only costs a fetch. */
    private static Optional<String> etag(Path file) {
        return lines(file).stream().findFirst().filter(etag -> !etag.isEmpty());
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(tag(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of();
        }
    }

    /** What the server said beside the copy, by the name of the header. */
    Map<String, String> said(URI uri) {
        Map<String, String> said = new LinkedHashMap<>();
        lines(file(uri)).stream().skip(1).forEach(line -> {
            int colon = line.indexOf(": ");
            if (colon > 0) {
                said.put(line.substring(0, colon), line.substring(colon + 2));
            }
        });
        return said;
    }

    /** When the copy was last confirmed, if there is one. */
    Optional<Instant> fetched(URI uri) {
        try {
            return Optional.of(Files.getLastModifiedTime(file(uri)).toInstant());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    void write(URI uri, byte[] content, Optional<String> etag) throws IOException {
        write(uri, content, etag, Map.of());
    }

    /** @param said headers to keep */
    void write(URI uri, byte[] content, Optional<String> etag, Map<String, String> said) throws IOException {
        Files.createDirectories(folder);
        Path file = file(uri);
        // The tag goes first: a tag without its content only costs a fetch, the reverse would keep old content.
        Files.deleteIfExists(tag(file));
        replace(file, content);
        tell(file, etag, said);
        forgetHeld(file);
    }

    private static void tell(Path file, Optional<String> etag, Map<String, String> said) throws IOException {
        if (etag.isPresent() || !said.isEmpty()) {
            StringBuilder text = new StringBuilder(etag.orElse("")).append('\n');
            said.forEach((name, value) ->
                    text.append(name).append(": ").append(value).append('\n'));
            replace(tag(file), text.toString().getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    /** The copy is still what the server has, which says something new beside it if {@code said} is not empty. */
    void confirm(URI uri, Instant now, Map<String, String> said) throws IOException {
        if (!said.isEmpty()) {
            tell(file(uri), etag(file(uri)), said);
        }
        confirm(uri, now);
    }

    /** The copy is still what the server has. */
    void confirm(URI uri, Instant now) throws IOException {
        Files.setLastModifiedTime(file(uri), java.nio.file.attribute.FileTime.from(now));
        forgetHeld(file(uri));
    }

    /** Writes a file whole, readable by its owner alone, or leaves what is there. */
    static void replace(Path file, byte[] content) throws IOException {
        Path part = Files.createTempFile(file.getParent(), "part", null);
        try {
            Files.write(part, content);
            try {
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** What is kept beside a copy of how it differs from another. */
    enum Differing {
        /** The copy from the one before it. */
        CHANGE,
        /** The copy that was held back from this one. */
        WAITING
    }

    /** How much that is; empty if there is none. */
    Optional<ListDiff.Counts> counts(URI uri, Differing which) {
        try (BufferedReader lines = Files.newBufferedReader(diff(file(uri), which))) {
            return Optional.ofNullable(lines.readLine()).map(ListDiff.Counts::parse);
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** What is known of the updates of that list: also of those before a restart. */
    Updates updates(URI uri) {
        boolean held = Files.exists(held(file(uri)));
        return new Updates(Optional.empty(), held, counts(uri, Differing.CHANGE), counts(uri, Differing.WAITING));
    }

    /** What that is; empty if there is none. */
    Optional<ListDiff> diff(URI uri, Differing which) {
        try {
            return Optional.of(ListDiff.parse(Files.readString(diff(file(uri), which))));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * The copy was replaced. If its entries are the same as before, the change before that is still the last one.
     *
     * @param diff empty if the two cannot be compared
     */
    void changed(URI uri, Optional<ListDiff> diff) throws IOException {
        if (diff.isEmpty() || !diff.get().isEmpty()) {
            keep(diff(file(uri), Differing.CHANGE), diff);
        }
    }

    private static void keep(Path file, Optional<ListDiff> diff) throws IOException {
        if (diff.isPresent()) {
            replace(file, diff.get().text().getBytes(StandardCharsets.UTF_8));
        } else {
            Files.deleteIfExists(file);
        }
    }

    /**
     * A new copy was held back.
     *
     * @param why in words
     * @param diff how it differs from the one in force; empty if the two cannot be compared
     */
    void hold(URI uri, String why, Optional<ListDiff> diff) throws IOException {
        Files.createDirectories(folder);
        keep(diff(file(uri), Differing.WAITING), diff);
        replace(held(file(uri)), why.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Says that the next copy may be taken in the place of one that was held back.
     *
     * @return why it was; empty if nothing is held back
     */
    Optional<String> accept(URI uri) throws IOException {
        Path held = held(file(uri));
        if (!Files.exists(held)) {
            return Optional.empty();
        }
        String why = Files.readString(held);
        replace(accepted(file(uri)), new byte[0]);
        Files.delete(held);
        return Optional.of(why);
    }

    /** When that was said, if nothing has come since. */
    Optional<Instant> accepted(URI uri) {
        try {
            return Optional.of(Files.getLastModifiedTime(accepted(file(uri))).toInstant());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void forgetHeld(Path file) throws IOException {
        Files.deleteIfExists(held(file));
        Files.deleteIfExists(accepted(file));
        Files.deleteIfExists(diff(file, Differing.WAITING));
    }

    private static Path diff(Path file, Differing which) {
        return file.resolveSibling(file.getFileName() + (which == Differing.CHANGE ? ".change" : ".waiting"));
    }

    private static Path held(Path file) {
        return file.resolveSibling(file.getFileName() + ".held");
    }

    private static Path accepted(Path file) {
        return file.resolveSibling(file.getFileName() + ".accepted");
    }

    private static Path tag(Path file) {
        return file.resolveSibling(file.getFileName() + ".etag");
    }
}
