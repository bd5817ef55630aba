package dev.fenliu.engine;

import dev.fenliu.config.InputFile;
import dev.fenliu.config.Type;
import dev.fenliu.route.Geo;
import dev.fenliu.route.ListSource;
import dev.fenliu.route.RuleSet;
import dev.fenliu.route.list.ListFormat;
import dev.fenliu.route.list.ListFormatException;
import dev.fenliu.route.list.ListReader;
import dev.fenliu.route.list.PackedNames;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Large lists as they were compiled, on disk beside the copies of remote lists, so that a start or reload need not
 * compile them again. What is kept is used for the very text that it was made of, by the same version of the program;
 * otherwise it counts as absent. Blocks on the disk. Made for one load; {@link #save} may run on another thread after it.
 */
final class CompiledLists {
    private static final Logger LOG = LoggerFactory.getLogger(CompiledLists.class);
    private static final int LARGE = 20_000;
    private static final long MAX_BYTES = 64 << 20;
    private static final int BUFFER_BYTES = 1 << 16;

    private static final @Nullable String VERSION =
            CompiledLists.class.getPackage().getImplementationVersion();

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Fresh(String name, PackedNames names, byte[] stamp, Path file) {}

    private final Path folder;
    private final List<Fresh> fresh = new ArrayList<>();

    CompiledLists(Path state) {
        this.folder = state.resolve("lists");
    }

    /**
     * The list in the file {@code text}, compiled before or now. Writes nothing.
     *
     * @param source the same file, for explanations
     */
    RuleSet load(RuleSetPlan plan, Path text, ListSource source, Geo geo) throws IOException, ListFormatException {
        Path file = file(plan, text);
        Optional<PackedNames> kept = read(plan, text, file);
        if (kept.isPresent()) {
            return RuleSet.of(plan.name(), source, kept.get());
        }
        byte[] content =
                InputFile.read(text, ListReader.MAX_BYTES); // once, so that the stamp is that of what is compiled
        ListSource now = ListSource.of(source.file(), plan.format(), plan.code(), () -> content);
        RuleSet set = RuleSet.load(plan.name(), now, source, geo);
        if (set.entries() >= LARGE && set.names().isPresent()) {
            fresh.add(new Fresh(plan.name(), set.names().get(), stamp(plan, content), file));
        }
        return set;
    }

    /** Keeps what was compiled by this load. A failure costs the next start some time, and is logged. */
    void save() {
        for (Fresh list : fresh) {
            try {
                Files.createDirectories(folder);
                ListCache.replace(list.file(), list.names().pack(list.stamp()));
            } catch (IOException e) {
                LOG.warn(
                        "rule-set {}: cannot be kept compiled in {}: {}; the next start takes longer",
                        list.name(),
                        folder,
                        Type.reason(e));
            }
        }
        fresh.clear();
    }

    /** Where the compiled list is kept: one file for each place and way of reading it. */
    Path file(RuleSetPlan plan, Path text) {
        MessageDigest digest = ListCache.sha256();
        digest.update((text.toAbsolutePath() + "\n" + way(plan)).getBytes(StandardCharsets.UTF_8));
        return folder.resolve(HexFormat.of().formatHex(digest.digest()) + ".names");
    }

    private static Optional<PackedNames> read(RuleSetPlan plan, Path text, Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        InputFile.check(text, ListReader.MAX_BYTES);
        MessageDigest digest = stamp(plan);
        try (InputStream in = Files.newInputStream(text)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int length; (length = in.read(buffer)) >= 0; ) {
                digest.update(buffer, 0, length);
            }
        }
        try {
            return Files.size(file) > MAX_BYTES
                    ? Optional.empty()
                    : Optional.of(PackedNames.unpack(Files.readAllBytes(file), digest.digest()));
        } catch (IOException | ListFormatException e) {
            return Optional.empty(); // of another text or version, damaged, or gone: it is made again
        }
    }

    /** A digest that knows all that the names depend on but the text itself. */
    private static MessageDigest stamp(RuleSetPlan plan) {
        MessageDigest digest = ListCache.sha256();
        digest.update((VERSION + "\n" + way(plan) + "\n").getBytes(StandardCharsets.UTF_8));
        return digest;
    }

    static byte[] stamp(RuleSetPlan plan, byte[] content) {
        MessageDigest digest = stamp(plan);
        digest.update(content);
        return digest.digest();
    }

    private static String way(RuleSetPlan plan) {
        ListFormat format = plan.format();
        return (format == null ? "" : format.key()) + "\n" + plan.code();
    }
}
