package dev.fenliu.state;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pieces of state by name, each in a file that only its owner can read. A file is replaced whole, so that an end of the
 * program or of the machine at any moment leaves a good one. What is damaged, or not ours, is set aside and counts as
 * absent. Blocks on the disk; a name is used by one thread at a time.
 *
 * <p>A file is a magic number, the version of its content, the content, and the CRC-32 of all that.
 */
public final class StateFiles {
    /** Writes the content of a piece. */
    public interface Content {
        void write(DataOutput out) throws IOException;
    }

    /** Takes the content of a piece. */
    public interface Taker {
        void take(DataInput in) throws IOException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(StateFiles.class);
    private static final int MAGIC = 0x464c5331; // FLS1
    private static final int HEADER = 8;
    private static final int TRAILER = 8;

    private final Path folder;

    /** @param folder made when it is first needed */
    public StateFiles(Path folder) {
        this.folder = folder;
    }

    /**
     * Puts {@code content} in the place of what was kept under that name.
     *
     * @param version of the content's form
     * @throws IOException what was there is still there then
     */
    public void write(String name, int version, Content content) throws IOException {
        Files.createDirectories(folder);
        Path part = part(name);
        Files.deleteIfExists(part); // of a program that was killed while it wrote
        try {
            try (FileChannel file = FileChannel.open(
                    part, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), readableByOwner())) {
                write(Channels.newOutputStream(file), version, content);
                file.force(false); // or a loss of power could leave an empty file under the good one's name
            }
            replace(part, file(name));
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void write(OutputStream file, int version, Content content) throws IOException {
        CRC32 crc = new CRC32();
        DataOutputStream out =
                new DataOutputStream(new CheckedOutputStream(new BufferedOutputStream(file, 1 << 16), crc));
        out.writeInt(MAGIC);
        out.writeInt(version);
        content.write(out);
        out.writeLong(crc.getValue());
        out.flush();
    }

    /**
     * Hands out what is kept under a name, if there is something of that version. Never fails: what cannot be used is
     * set aside with a warning.
     *
     * @param taker may be handed the beginning of a content that it then finds wrong
     */
    public void read(String name, int version, Taker taker) {
        Path file = file(name);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            check(file, version);
            try (DataInputStream in = open(file)) {
                in.skipNBytes(HEADER);
                taker.take(in);
            }
        } catch (IOException | RuntimeException e) {
            setAside(file, aside(name), e);
        }
    }

    private static DataInputStream open(Path file) throws IOException {
        return new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16));
    }

    /** Reads all of it before anything is believed. */
    private static void check(Path file, int version) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("it is no file");
        }
        long content = Files.size(file) - HEADER - TRAILER;
        CRC32 crc = new CRC32();
        try (DataInputStream in = open(file)) {
            InputStream checked = new CheckedInputStream(in, crc);
            DataInputStream header = new DataInputStream(checked);
            if (content < 0 || header.readInt() != MAGIC) {
                throw new IOException("it is not of this program");
            }
            int found = header.readInt();
            if (found != version) {
                throw new IOException("it is of version " + found + ", not " + version);
            }
            checked.skipNBytes(content);
            if (crc.getValue() != in.readLong()) {
                throw new IOException("it is damaged");
            }
        }
    }

    private static void setAside(Path file, Path aside, Exception why) {
        try {
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            LOG.warn("{} cannot be used: {}; it is now {}", file, reason(why), aside.getFileName());
        } catch (IOException e) {
            LOG.warn("{} cannot be used: {}", file, reason(why));
        }
    }

    private static String reason(Exception e) {
        String message = e.getMessage();
        return e instanceof IOException && e.getClass() == IOException.class && message != null
                ? message
                : e.toString();
    }

    /** Removes what is kept under a name, and what was set aside. */
    public void delete(String name) throws IOException {
        Files.deleteIfExists(file(name));
        Files.deleteIfExists(aside(name));
        Files.deleteIfExists(part(name));
    }

    private Path file(String name) {
        return folder.resolve(name + ".state");
    }

    private Path part(String name) {
        return folder.resolve(name + ".part");
    }

    private Path aside(String name) {
        return folder.resolve(name + ".bad");
    }

    private static void replace(Path part, Path file) throws IOException {
        try {
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static FileAttribute<?>[] readableByOwner() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
