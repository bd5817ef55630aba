package dev.fenliu.control;

import dev.fenliu.config.Type;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files for browsers: those that were there when they were counted, by their names. What a client names is looked up in
 * that list and nowhere else. Blocks on the disk. Immutable.
 */
final class WebFiles {
    private static final Logger LOG = LoggerFactory.getLogger(WebFiles.class);
    private static final int MOST_FILES = 5000;
    private static final long MAX_BYTES = 32 << 20;
    private static final int WORTH_PACKING = 1 << 10;
    private static final String UNKNOWN = "application/octet-stream";
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("mjs", "text/javascript; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("json", "application/json"),
            Map.entry("map", "application/json"),
            Map.entry("webmanifest", "application/manifest+json"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("wasm", "application/wasm"),
            Map.entry("png", "image/png"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("webp", "image/webp"),
            Map.entry("ico", "image/x-icon"),
            Map.entry("woff", "font/woff"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("ttf", "font/ttf"));
    private static final List<String> PACKED = List.of("image/png", "image/jpeg", "image/webp", "font/woff2", UNKNOWN);

    /** Something that can be read. */
    @FunctionalInterface
    private interface Content {
        byte[] read() throws IOException;
    }

    private final Map<String, Content> byName;
    private final String policy;

    private WebFiles(Map<String, Content> byName, String policy) {
        this.byName = Map.copyOf(byName);
        this.policy = policy;
    }

    /**
     * Those of a folder of the class path, read at once.
     *
     * @param policy the Content-Security-Policy that they are served with
     */
    static WebFiles ofProgram(String folder, String policy) {
        URL index = WebFiles.class.getResource("/" + folder + "/index.html");
        if (index == null) {
            return new WebFiles(Map.of(), policy);
        }
        try {
            URI place = index.toURI();
            if (!place.getScheme().equals("jar")) {
                return new WebFiles(read(Path.of(place).resolveSibling(".")), policy);
            }
            try (FileSystem jar = FileSystems.newFileSystem(place, Map.of())) {
                return new WebFiles(read(jar.getPath("/" + folder)), policy);
            }
        } catch (IOException | URISyntaxException e) {
            LOG.warn("the dashboard is not there: {}", e.toString());
            return new WebFiles(Map.of(), policy);
        }
    }

    /** Those of a folder of the user's, of which only the names are read now. */
    static WebFiles of(Path folder, String policy) {
        try {
            Map<String, Content> found = new HashMap<>();
            list(folder).forEach((name, file) -> found.put(name, () -> Files.readAllBytes(file)));
            return new WebFiles(found, policy);
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("nothing is served under /ui/: {}: {}", folder, reason(e));
            return new WebFiles(Map.of(), policy);
        }
    }

    private static String reason(Exception e) {
        return e instanceof IOException io ? Type.reason(io) : String.valueOf(e.getMessage());
    }

    private static Map<String, Content> read(Path folder) throws IOException {
        Map<String, Content> found = new HashMap<>();
        for (Map.Entry<String, Path> file : list(folder).entrySet()) {
            byte[] bytes = Files.readAllBytes(file.getValue());
            found.put(file.getKey(), () -> bytes);
        }
        return found;
    }

    /** Regular files, and no links: what is served is what lies in the folder. */
    private static Map<String, Path> list(Path folder) throws IOException {
        Map<String, Path> found = new HashMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .limit(MOST_FILES)
                    .forEach(
                            file -> found.put(folder.relativize(file).toString().replace('\\', '/'), file));
        }
        return found;
    }

    /** A file, or that it is not there. */
    Reply answer(Call call, String name) {
        Content content = byName.get(name);
        if (content == null) {
            return Reply.missing();
        }
        try {
            return answer(call, TYPES.getOrDefault(ending(name), UNKNOWN), content.read());
        } catch (IOException e) {
            LOG.warn("a file of /ui/ cannot be read: {}: {}", name, Type.reason(e));
            return Reply.missing();
        }
    }

    private static String ending(String name) {
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    private Reply answer(Call call, String type, byte[] bytes) throws IOException {
        if (bytes.length > MAX_BYTES) {
            throw new IOException("more than 32 MiB");
        }
        String tag = '"' + digest(bytes) + '"';
        boolean known =
                call.headers().getAll(HttpHeaderNames.IF_NONE_MATCH).stream().anyMatch(tags -> tags.contains(tag));
        boolean pack = bytes.length >= WORTH_PACKING
                && !PACKED.contains(type)
                && call.headers().get(HttpHeaderNames.ACCEPT_ENCODING, "").contains("gzip");
        Reply reply = known
                ? Reply.of(HttpResponseStatus.NOT_MODIFIED, "", "")
                : Reply.of(HttpResponseStatus.OK, type, pack ? packed(bytes) : bytes);
        if (pack && !known) {
            reply = reply.with(HttpHeaderNames.CONTENT_ENCODING, "gzip");
        }
        return reply.with(HttpHeaderNames.ETAG, tag)
                .with(HttpHeaderNames.VARY, "Accept-Encoding")
                .with(HttpHeaderNames.CACHE_CONTROL, "no-cache") // asks each time whether it has changed
                .with(HttpHeaderNames.CONTENT_SECURITY_POLICY, policy);
    }

    private static String digest(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static byte[] packed(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(bytes);
        }
        return out.toByteArray();
    }
}
