package dev.fenliu.control.http;

import dev.fenliu.config.Secret;
import dev.fenliu.config.Type;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What clients of the API must show. Immutable. */
public final class Token {
    /** Its file in the state folder: one line, for its owner alone. */
    public static final String FILE = "api.token";

    private static final Logger LOG = LoggerFactory.getLogger(Token.class);
    private static final int BYTES = 32;
    private static final String FORM = "[A-Za-z0-9_-]{43}"; // of so many bytes

    private final byte[] hash;

    public Token(Secret secret) {
        this.hash = hash(secret.value());
    }

    /** Whether it was shown; takes the same time for every text of one length. */
    boolean is(String shown) {
        return MessageDigest.isEqual(hash, hash(shown));
    }

    /** What stands for a secret where those that were made are looked up. */
    static String digest(String secret) {
        return Base64.getEncoder().encodeToString(hash(secret));
    }

    private static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * The one that is kept in {@code folder}, made when there is none. One that others could have read, or that is none,
     * is replaced. Where none can be kept, which is logged, nobody will know the one that is in force. Blocks on the disk.
     */
    public static Token kept(Path folder) {
        Secret fresh = random();
        try {
            Files.createDirectories(folder);
            return new Token(kept(folder.resolve(FILE), fresh));
        } catch (IOException e) {
            LOG.warn("nobody can use the control API: its token cannot be kept in {}: {}", folder, Type.reason(e));
            return new Token(fresh);
        }
    }

    private static Secret kept(Path file, Secret fresh) throws IOException {
        try {
            return read(file);
        } catch (NoSuchFileException e) {
            // the first start
        } catch (IOException e) {
            LOG.warn("the token of the control API is made anew: {}: {}", file, Type.reason(e));
            Files.delete(file);
        }
        try {
            Files.createFile(file, readableByOwner());
        } catch (FileAlreadyExistsException e) {
            return read(file); // of another program that starts just now
        }
        Files.writeString(file, fresh.value() + "\n", StandardOpenOption.WRITE);
        return fresh;
    }

    /**
     * Reads the file of a token.
     *
     * @throws IOException if there is none, it cannot be read, or it is none to trust; the message says why
     */
    public static Secret read(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException("it is no file");
            }
            throw new NoSuchFileException(file.toString());
        }
        String text = Files.readString(file).strip();
        if (!text.matches(FORM)) {
            throw new IOException("it is damaged");
        }
        if (isOpen(file)) {
            throw new IOException("others of this machine could read it");
        }
        return new Secret(text);
    }

    private static boolean isOpen(Path file) throws IOException {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            permissions.removeAll(PosixFilePermissions.fromString("rwx------"));
            return !permissions.isEmpty();
        } catch (UnsupportedOperationException e) {
            return false; // no such permissions here
        }
    }

    private static FileAttribute<?>[] readableByOwner() {
        return java.nio.file.FileSystems.getDefault()
                        .supportedFileAttributeViews()
                        .contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    /** Of 32 random bytes. */
    static Secret random() {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }
}
