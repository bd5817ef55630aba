package dev.fenliu.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Reads a config and the files that it names. A device may have no end, and a pipe holds up whoever opens it, so neither
 * is opened; and no more is read than its reader takes.
 */
public final class InputFile {
    /** The largest file of a secret, a key or certificates, in bytes. */
    public static final int SMALL = 1 << 20;

    private InputFile() {}

    /**
     * All of a file.
     *
     * @param most the largest that is read, in bytes
     */
    public static byte[] read(Path file, int most) throws IOException {
        check(file, most);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(most + 1);
            if (content.length > most) { // it has grown, or its system does not tell how long it is
                throw tooLarge(most);
            }
            return content;
        }
    }

    /** The text of a small file. @throws java.nio.charset.CharacterCodingException if it is not in UTF-8 */
    public static String text(Path file) throws IOException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(read(file, SMALL)))
                .toString();
    }

    /** Refuses what {@link #read} would refuse, for those who read it themselves. */
    public static void check(Path file, int most) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            throw new IOException("it is a folder");
        }
        if (attributes.isOther()) {
            throw new IOException("it is a device or a pipe, not a file");
        }
        if (attributes.size() > most) {
            throw tooLarge(most);
        }
    }

    private static IOException tooLarge(int most) {
        return new IOException("it is larger than " + (most >> 20) + " MiB");
    }
}
