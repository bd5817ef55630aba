package dev.fenliu.dns;

/**
 * Bounds what the names of a message cost to read. Compression (RFC 1035 section 4.1.4) lets a pointer lead to another one
 * without end: a few thousand of them in a row, and as many names that begin at the last, would keep an event loop busy for
 * a second.
 */
final class NamePointers {
    /** One before each label of the longest name, and one before the root. */
    private static final int MAX_POINTERS = 128;

    private static final int MAX_NAME = 255;

    /** Pointers lead no further into a message. */
    private static final int REACH = 1 << 14;

    private NamePointers() {}

    /**
     * Looks at every place that a pointer may lead to, as if a name began there: where names really stand depends on the types
     * of the records. That random data look like so long a row is as good as impossible.
     *
     * @throws MalformedMessage if a name would be read through more than {@value #MAX_POINTERS} pointers
     */
    static void check(byte[] message) throws MalformedMessage {
        for (int at = 0; at < Math.min(REACH, message.length); at++) {
            if ((message[at] & 0xc0) == 0xc0 && pointers(message, at) > MAX_POINTERS) {
                throw new MalformedMessage("a name of more than " + MAX_POINTERS + " pointers");
            }
        }
    }

    /** How many pointers the name that begins here is read through, as far as it is one. */
    private static int pointers(byte[] message, int from) {
        int at = from;
        int pointers = 0;
        int length = 0;
        while (at < message.length - 1 && length <= MAX_NAME && pointers <= MAX_POINTERS) {
            int first = message[at] & 0xff;
            if (first >= 0xc0) {
                int target = Query.u16(message, at) & REACH - 1;
                if (target >= at) {
                    return pointers; // no name: pointers lead back only
                }
                pointers++;
                at = target;
            } else if (first == 0 || first > 63) {
                return pointers;
            } else {
                length += first + 1;
                at += first + 1;
            }
        }
        return pointers;
    }
}
