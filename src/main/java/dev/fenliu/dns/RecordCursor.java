package dev.fenliu.dns;

/** Walks the records of a message without decoding them (RFC 1035 section 4). Reads forward only, so it always ends. */
final class RecordCursor {
    private static final int HEADER = 12;

    private final byte[] message;
    private int next = HEADER;
    private int section;
    private int left;
    private int type;
    private int nameOffset;
    private int ttlOffset;
    private int dataOffset;
    private int dataLength;

    /** Skips header and questions. @throws MalformedMessage if they are cut short */
    RecordCursor(byte[] message) throws MalformedMessage {
        this.message = message;
        if (message.length < HEADER) {
            throw new MalformedMessage("message of " + message.length + " bytes");
        }
        for (int i = Query.u16(message, 4); i > 0; i--) {
            skipName();
            skip(4);
        }
    }

    /** Moves to the next record; false after the last. @throws MalformedMessage if it is cut short */
    boolean next() throws MalformedMessage {
        while (left == 0) {
            if (section == 3) {
                return false;
            }
            section++;
            left = Query.u16(message, 4 + 2 * section);
        }
        left--;
        nameOffset = next;
        skipName();
        int fixed = next;
        skip(10);
        type = Query.u16(message, fixed);
        ttlOffset = fixed + 4;
        dataLength = Query.u16(message, fixed + 8);
        dataOffset = next;
        skip(dataLength);
        return true;
    }

    int type() {
        return type;
    }

    /** 1 answer, 2 authority, 3 additional. */
    int section() {
        return section;
    }

    /** Whether it belongs to the root. */
    boolean isOfRoot() {
        return message[nameOffset] == 0;
    }

    int ttlOffset() {
        return ttlOffset;
    }

    int dataOffset() {
        return dataOffset;
    }

    int dataLength() {
        return dataLength;
    }

    private void skipName() throws MalformedMessage {
        while (true) {
            int at = next;
            skip(1);
            int length = message[at] & 0xff;
            if (length == 0) {
                return;
            }
            if (length >= 0xc0) { // a pointer ends the name
                skip(1);
                return;
            }
            if (length > 63) {
                throw new MalformedMessage("label type " + (length >> 6));
            }
            skip(length);
        }
    }

    private void skip(int bytes) throws MalformedMessage {
        next += bytes;
        if (next > message.length) {
            throw new MalformedMessage("message is cut short");
        }
    }
}
