package dev.fenliu.tunnel.http;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;

/**
 * Finds the status and the end of a response's head (RFC 9112 sections 2 to 5), of which a CONNECT needs no more. A
 * line may end without CR; anything else that is not a head is refused. No byte is searched twice, however it arrives.
 */
final class ResponseHead {
    /** The longest head that is read, interim responses included, in bytes. */
    static final int MAX = 32 << 10;

    private static final String VERSION = "HTTP/1.";
    private static final int STATUS_LINE = "HTTP/1.1 200".length();

    private int taken;
    private int searched;
    private int status;

    /**
     * Reads on in {@code in}, leaving what follows the head.
     *
     * @return the status of the final response, once its head is complete, or 0
     * @throws Failure if it is no head, or longer than {@link #MAX}
     */
    int read(ByteBuf in) throws Failure {
        while (true) {
            int start = in.readerIndex();
            int end = in.indexOf(start + searched, in.writerIndex(), (byte) '\n');
            int length = (end < 0 ? in.writerIndex() : end) - start;
            if (taken + length >= MAX) {
                throw malformed("a response head of over " + MAX + " bytes");
            }
            if (end < 0) {
                searched = length;
                if (status == 0 && !startsWith(in, start, Math.min(length, VERSION.length()))) {
                    throw malformed("no HTTP/1.1 status line");
                }
                return 0;
            }
            boolean last = line(in, length > 0 && in.getByte(end - 1) == '\r' ? length - 1 : length);
            in.readerIndex(end + 1);
            taken += length + 1;
            searched = 0;
            if (last && status >= 200) {
                return status;
            }
            if (last) {
                status = 0; // an interim response; the final one follows
            }
        }
    }

    /** Takes a line; true for the empty one at the end. */
    private boolean line(ByteBuf in, int length) throws Failure {
        int start = in.readerIndex();
        // Signs of something else than HTTP, or of an attempt to say two things at once.
        if (in.indexOf(start, start + length, (byte) 0) >= 0 || in.indexOf(start, start + length, (byte) '\r') >= 0) {
            throw malformed("a control character in its response head");
        }
        if (status == 0) {
            status = status(in, start, length);
            return false;
        }
        if (length == 0) {
            return true;
        }
        int colon = in.indexOf(start, start + length, (byte) ':');
        if (colon <= start) {
            throw malformed("a header line without a name");
        }
        for (int i = start; i < colon; i++) {
            if (in.getByte(i) <= ' ') { // blanks, obsolete folding, and all above ASCII
                throw malformed("a malformed header name");
            }
        }
        return false;
    }

    /** {@code HTTP/1.x SP 3DIGIT [SP reason]}; 101 would change the protocol, which nobody asked for. */
    private static int status(ByteBuf in, int start, int length) throws Failure {
        boolean good = length >= STATUS_LINE
                && startsWith(in, start, VERSION.length())
                && (in.getByte(start + 7) == '0' || in.getByte(start + 7) == '1')
                && in.getByte(start + 8) == ' '
                && (length == STATUS_LINE || in.getByte(start + STATUS_LINE) == ' ');
        int status = 0;
        for (int i = start + 9; good && i < start + STATUS_LINE; i++) {
            int digit = in.getByte(i) - '0';
            good = digit >= 0 && digit <= 9;
            status = status * 10 + digit;
        }
        if (!good || status < 100 || status == 101 || status > 599) {
            throw malformed("no HTTP/1.1 status line");
        }
        return status;
    }

    private static boolean startsWith(ByteBuf in, int start, int length) {
        for (int i = 0; i < length; i++) {
            if (in.getByte(start + i) != VERSION.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static Failure malformed(String what) {
        return new Failure(Failure.Kind.TUNNEL_PROTOCOL, "the upstream is no HTTP proxy: it sent " + what);
    }
}
