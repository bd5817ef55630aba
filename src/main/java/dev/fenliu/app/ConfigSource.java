package dev.fenliu.app;

import dev.fenliu.config.InputFile;
import dev.fenliu.config.Position;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Type;
import dev.fenliu.config.YamlReader;
import dev.fenliu.engine.ApiOptions;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the config is: the file that was named, the first that is found, or the defaults in the jar. */
record ConfigSource(String name, Optional<Path> file) {
    private static final int MAX_BYTES = 3 * YamlReader.MAX_CHARS;
    private static final String DEFAULTS = "built-in defaults";

    /** @param option the file named on the command line, or null */
    static ConfigSource find(@Nullable Path option) {
        if (option != null) {
            return new ConfigSource(option.toString(), Optional.of(option));
        }
        String environment = System.getenv("FENLIU_CONFIG");
        if (environment != null && !environment.isEmpty()) {
            return new ConfigSource(environment, Optional.of(Path.of(environment)));
        }
        return defaults().again();
    }

    /** Those in the jar. */
    static ConfigSource defaults() {
        return new ConfigSource(DEFAULTS, Optional.empty());
    }

    /** Where a config is looked for that nobody has named. */
    private static List<Path> places() {
        return List.of(Path.of("config.yaml"), ofUser(), Path.of("/etc/fenliu/config.yaml"));
    }

    /** The file that has come to be where there was none; else the same. */
    ConfigSource again() {
        return awaited().stream()
                .filter(Files::exists)
                .findFirst()
                .map(path -> new ConfigSource(path.toString(), Optional.of(path)))
                .orElse(this);
    }

    /** The files that would be read in the place of the defaults if they were there. */
    Set<Path> awaited() {
        return equals(defaults()) ? new LinkedHashSet<>(places()) : Set.of();
    }

    /** Where a user's own is, or would be. */
    static Path ofUser() {
        String home = System.getProperty("user.home", ".");
        String xdg = System.getenv("XDG_CONFIG_HOME");
        Path user = xdg == null || xdg.isEmpty() ? Path.of(home, ".config") : Path.of(xdg);
        return user.resolve("fenliu/config.yaml");
    }

    /** Reads it; null when an error was reported. @throws Stop if the file cannot be read at all */
    @Nullable
    Config read(Problems problems) throws Stop {
        String text = text(problems);
        return text == null ? null : ConfigReader.read(name, file, text, Catalog.PROTOCOLS, problems);
    }

    /** Reads what it says of the API, whatever else is wrong with it; problems of that part are reported. */
    ApiOptions readApi(Problems problems) throws Stop {
        String text = text(problems);
        Path folder = file.map(path -> path.toAbsolutePath().getParent()).orElse(null);
        return text == null
                ? ApiOptions.DEFAULT
                : ConfigReader.readApi(name, folder == null ? Path.of("") : folder, text, problems);
    }

    /** What it says; null when it is no text, which is reported. @throws Stop if the file cannot be read at all */
    @Nullable
    String text(Problems problems) throws Stop {
        if (file.isEmpty()) {
            return resource("default-config.yaml");
        }
        try {
            return text(InputFile.read(file.get(), MAX_BYTES), problems);
        } catch (java.nio.file.AccessDeniedException e) {
            throw new Stop(ExitCode.PERMISSION, "cannot read " + name + ": permission denied");
        } catch (IOException e) {
            throw new Stop(ExitCode.CONFIG, "cannot read " + name + ": " + Type.reason(e));
        }
    }

    private @Nullable String text(byte[] bytes, Problems problems) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length); // never more characters than bytes
        boolean good =
                !StandardCharsets.UTF_8.newDecoder().decode(in, out, true).isError();
        String text = out.flip().toString();
        if (good) {
            return text;
        }
        int line = 1 + (int) text.chars().filter(c -> c == '\n').count();
        String before = text.substring(text.lastIndexOf('\n') + 1);
        Position position = new Position(name, line, before.codePointCount(0, before.length()) + 1);
        String octet = String.format(Locale.ROOT, "0x%02X", bytes[in.position()] & 0xff);
        String message = "the byte " + octet + " is no UTF-8";
        problems.add(new Problem(Problem.Severity.ERROR, position, message, "save the file as UTF-8", null));
        return null;
    }

    /** A text that the jar carries. */
    static String resource(String name) {
        try (InputStream in = ConfigSource.class.getResourceAsStream("/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }
}
