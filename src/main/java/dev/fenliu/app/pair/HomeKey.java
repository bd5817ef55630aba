package dev.fenliu.app.pair;

import dev.fenliu.config.Secret;
import dev.fenliu.state.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;

/**
 * The lasting key that home makes. Until the server has taken it, it lies beside the file that it will be in, marked by
 * the string that it is for, so that whoever was interrupted goes on with the same. Blocks on the disk.
 */
public final class HomeKey {
    private static final int BYTES = 32;

    private final Path file;
    private final Path pending;
    private final Secret secret;

    private HomeKey(Path file, Path pending, Secret secret) {
        this.file = file;
        this.pending = pending;
        this.secret = secret;
    }

    /** That of an earlier try with the same string, or a new one, which is on the disk then. */
    public static HomeKey of(Path file, PairingString string) throws IOException {
        Path pending = file.resolveSibling(file.getFileName() + ".new");
        String mark = "# for " + hash(string.text());
        if (Files.exists(pending)) {
            List<String> lines = Files.readAllLines(pending);
            if (lines.size() == 2 && lines.get(1).equals(mark)) {
                return new HomeKey(file, pending, new Secret(lines.get(0)));
            }
        }
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        Secret secret = new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(random));
        PrivateFiles.write(pending, secret.value() + "\n" + mark + "\n");
        return new HomeKey(file, pending, secret);
    }

    public Secret secret() {
        return secret;
    }

    /** The server has taken it. */
    public void keep() throws IOException {
        PrivateFiles.write(file, secret.value() + "\n");
        Files.deleteIfExists(pending);
    }

    /** The server will never take it. */
    public void forget() throws IOException {
        Files.deleteIfExists(pending);
    }

    private static String hash(Secret text) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(text.value().getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
