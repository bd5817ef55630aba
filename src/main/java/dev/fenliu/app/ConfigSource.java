package dev.fenliu.app;

import dev.fenliu.config.Problems;
import dev.fenliu.config.Type;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where the config is: the file that was named, the first that is found, or the defaults in the jar. */
record ConfigSource(String name, Optional<Path> file) {
    /** @param option the file named on the command line, or null */
    static ConfigSource find(@Nullable Path option) {
        if (option != null) {
            return new ConfigSource(option.toString(), Optional.of(option));
        }
        String environment = System.getenv("FENLIU_CONFIG");
        if (environment != null && !environment.isEmpty()) {
            return new ConfigSource(environment, Optional.of(Path.of(environment)));
        }
        String home = System.getProperty("user.home", ".");
        String xdg = System.getenv("XDG_CONFIG_HOME");
        Path user = xdg == null || xdg.isEmpty() ? Path.of(home, ".config") : Path.of(xdg);
        for (Path path : new Path[] {
            Path.of("config.yaml"), user.resolve("fenliu/config.yaml"), Path.of("/etc/fenliu/config.yaml")
        }) {
            if (Files.exists(path)) {
                return new ConfigSource(path.toString(), Optional.of(path));
            }
        }
        return new ConfigSource("built-in defaults", Optional.empty());
    }

    /** Reads it; null when an error was reported. @throws Stop if the file cannot be read at all */
    @Nullable
    Config read(Problems problems) throws Stop {
        return ConfigReader.read(name, file, text(), Catalog.PROTOCOLS, problems);
    }

    private String text() throws Stop {
        if (file.isEmpty()) {
            return resource("default-config.yaml");
        }
        try {
            return Files.readString(file.get());
        } catch (CharacterCodingException e) {
            throw new Stop(ExitCode.CONFIG, name + " is not UTF-8 text");
        } catch (java.nio.file.AccessDeniedException e) {
            throw new Stop(ExitCode.PERMISSION, "cannot read " + name + ": permission denied");
        } catch (IOException e) {
            throw new Stop(ExitCode.CONFIG, "cannot read " + name + ": " + Type.reason(e));
        }
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
