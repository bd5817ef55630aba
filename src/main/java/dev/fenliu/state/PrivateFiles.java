package dev.fenliu.state;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files and folders that only their owner can read, written whole. Blocks on the disk. */
public final class PrivateFiles {
    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

    private PrivateFiles() {}

    /** Makes a folder, and those above it, if it is not there. */
    public static void folder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, mode("rwx------"));
        }
    }

    /**
     * Puts {@code text} in the place of a file, or makes it. Whose it was, and of which group, it stays, also when another user
     * of more rights writes; and so does who may read it, or nobody else may.
     *
     * @throws IOException what was there is still there then
     */
    public static void write(Path file, String text) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path part = absolute.resolveSibling(absolute.getFileName() + ".part");
        Files.deleteIfExists(part); // of a program that was killed while it wrote
        try {
            try (FileChannel out = FileChannel.open(
                    part, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode("rw-------"))) {
                out.write(StandardCharsets.UTF_8.encode(text));
                out.force(false); // or a loss of power could leave an empty file under the good one's name
            }
            if (POSIX) {
                Path model = Files.exists(absolute) ? absolute : absolute.getParent();
                if (!Files.getOwner(part).equals(Files.getOwner(model))) {
                    Files.setOwner(part, Files.getOwner(model));
                }
                if (Files.exists(absolute)) {
                    Object group = Files.getAttribute(absolute, "posix:group");
                    if (!group.equals(Files.getAttribute(part, "posix:group"))) {
                        Files.setAttribute(part, "posix:group", group);
                    }
                    Files.setPosixFilePermissions(part, Files.getPosixFilePermissions(absolute));
                }
            }
            Files.move(part, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Whether all users of this machine may read a file. */
    public static boolean isReadByOthers(Path file) throws IOException {
        return POSIX && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
    }

    private static FileAttribute<?>[] mode(String permissions) {
        return POSIX
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
