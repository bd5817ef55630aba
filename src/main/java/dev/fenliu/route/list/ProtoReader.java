package dev.fenliu.route.list;

/** The fields of a Protocol Buffers message, one after the other, as far as {@code .dat} files use them. */
final class ProtoReader {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteReader in;
    private int field;
    private int type;
    private long number;
    private ByteReader content = new ByteReader(new byte[0], 0, 0);

    ProtoReader(ByteReader in) {
        this.in = in;
    }

    /** Whether there is another field; it is then the current one. */
    boolean advance() throws ListFormatException {
        if (in.remaining() == 0) {
            return false;
        }
        long tag = in.uvarint();
        field = (int) Math.min(tag >>> 3, Integer.MAX_VALUE);
        type = (int) tag & 7;
        switch (type) {
            case VARINT -> number = in.uvarint();
            case FIXED64 -> in.skip(8);
            case BYTES -> content = in.part(in.count(in.uvarint(), 1));
            case FIXED32 -> in.skip(4);
            default -> throw new ListFormatException("the file is damaged: a field of wire type " + type);
        }
        return true;
    }

    /** Whether the current field is this one and holds bytes. */
    boolean isBytes(int wanted) {
        return field == wanted && type == BYTES;
    }

    boolean isNumber(int wanted) {
        return field == wanted && type == VARINT;
    }

    long number() {
        return number;
    }

    /** What a field of bytes holds: a message, or bytes to be taken once. */
    ByteReader content() {
        return content;
    }

    String text() throws ListFormatException {
        return content.text(content.remaining());
    }
}
