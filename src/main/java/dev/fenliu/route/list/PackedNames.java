package dev.fenliu.route.list;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A list of nothing but names as it was compiled, which can be kept in a file: reading that takes a tenth of the time
 * that the text takes. The set's key goes with it, so the file is for its owner's eyes alone.
 *
 * <p>Layout, numbers big-endian: magic and version, the stamp, the number of entries, the set, CRC-32C of all before.
 *
 * @param entries that the text has, duplicates included
 */
public record PackedNames(DomainSet names, int entries) {
    /** Length of a stamp: of what the text, and all else that the names depend on, has as its SHA-256. */
    public static final int STAMP_BYTES = 32;

    /** "FENLIU" and a version, which goes up when the layout, the hash, or what readers make of a text changes. */
    private static final long MAGIC = 0x46454e4c49550001L;

    private static final int HEAD_BYTES = Long.BYTES + STAMP_BYTES + Integer.BYTES;

    /** The bytes of a file that is good for this stamp alone. */
    public byte[] pack(byte[] stamp) {
        ByteBuffer out = ByteBuffer.allocate(HEAD_BYTES + names.packedBytes() + Integer.BYTES);
        out.putLong(MAGIC).put(stamp, 0, STAMP_BYTES).putInt(entries);
        names.write(out);
        return out.putInt(checksum(out.array())).array();
    }

    /**
     * Reads a file. Allocates no more than its length, whatever it says.
     *
     * @throws ListFormatException if it is not whole, of another version, or was packed with another stamp
     */
    public static PackedNames unpack(byte[] file, byte[] stamp) throws ListFormatException {
        int end = file.length - Integer.BYTES;
        if (end < HEAD_BYTES) {
            throw new ListFormatException("the file is cut short");
        }
        ByteBuffer in = ByteBuffer.wrap(file);
        if (in.getInt(end) != checksum(file)) {
            throw new ListFormatException("the file is damaged");
        }
        in.limit(end);
        if (in.getLong() != MAGIC) {
            throw new ListFormatException("the file is of another version");
        }
        byte[] packedWith = new byte[STAMP_BYTES];
        in.get(packedWith);
        if (!Arrays.equals(packedWith, stamp)) {
            throw new ListFormatException("the file was made of another text");
        }
        int entries = in.getInt();
        DomainSet names = DomainSet.read(in);
        if (entries < names.size()) {
            throw new ListFormatException("the file is damaged: it has more names than entries");
        }
        return new PackedNames(names, entries);
    }

    /** Of all but the last four bytes. */
    private static int checksum(byte[] file) {
        CRC32C crc = new CRC32C();
        crc.update(file, 0, file.length - Integer.BYTES);
        return (int) crc.getValue();
    }
}
