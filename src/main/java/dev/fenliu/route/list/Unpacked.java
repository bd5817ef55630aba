package dev.fenliu.route.list;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** What a compressed list holds, up to a bound. */
final class Unpacked {
    /** The largest content of a compressed list, in bytes. */
    static final int MAX_BYTES = 32 << 20;

    private Unpacked() {}

    /** Reads a decompressing stream over bytes in memory to its end. */
    static byte[] read(InputStream stream) throws ListFormatException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] chunk = new byte[1 << 16];
        try (stream) {
            for (int n = stream.read(chunk); n >= 0; n = stream.read(chunk)) {
                if (n > MAX_BYTES - out.size()) {
                    throw new ListFormatException(
                            "the file unpacks to more than " + (MAX_BYTES >> 20) + " MiB, which no list does");
                }
                out.write(chunk, 0, n);
            }
        } catch (IOException | RuntimeException e) { // decoders meet damage with exceptions of any kind
            throw new ListFormatException("the file is damaged or cut short: it cannot be unpacked");
        }
        return out.toByteArray();
    }
}
