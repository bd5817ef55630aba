package dev.fenliu.app;

import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.model.Host;
import dev.fenliu.net.SelfSigned;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What both ends of a tunnel on this machine need: a folder of their own with a password and a certificate made now, and
 * configs from the jar with their blanks filled in. Nothing is left of it once it is closed, or the program ends.
 */
final class OwnTunnel implements AutoCloseable {
    private final Path folder;
    private final Map<String, String> values = new HashMap<>();

    /** @param name of the folder, which is in the one for temporary files and readable by its owner alone */
    OwnTunnel(String name) throws IOException {
        folder = Files.createTempDirectory(
                name, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        Files.writeString(
                folder.resolve("password"),
                Base64.getUrlEncoder().withoutPadding().encodeToString(random));
        SelfSigned certificate = SelfSigned.generate(List.of(Host.parse("tunnel.fenliu.test")), Instant.now());
        Files.writeString(folder.resolve("cert.pem"), certificate.certificate());
        Files.writeString(folder.resolve("key.pem"), certificate.privateKey());
        fill("PIN", certificate.pin());
    }

    /** From now on {@code @blank@} means {@code value}. */
    OwnTunnel fill(String blank, String value) {
        values.put(blank, value);
        return this;
    }

    /** Reads a config of the jar. @throws Stop if it is broken */
    Config config(String resource) throws Stop, IOException {
        String text = ConfigSource.resource(resource);
        for (Map.Entry<String, String> value : values.entrySet()) {
            text = text.replace("@" + value.getKey() + "@", value.getValue());
        }
        Path file = file(resource);
        Files.writeString(file, text);
        Problems problems = new Problems();
        Config config = ConfigReader.read(resource, Optional.of(file), text, Catalog.PROTOCOLS, problems);
        if (config == null) {
            Terminal.print(problems);
            throw new Stop(ExitCode.FAILED, "the program's own config is broken");
        }
        return config;
    }

    /** A file or folder in the tunnel's own. */
    Path file(String name) {
        return folder.resolve(name);
    }

    @Override
    public void close() {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (IOException | UncheckedIOException e) {
            System.err.println("could not remove " + folder + ": " + e.getMessage());
        }
    }
}
