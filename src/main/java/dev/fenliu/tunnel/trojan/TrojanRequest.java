package dev.fenliu.tunnel.trojan;

import dev.fenliu.model.Destination;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What a client says first: {@code key CRLF command address CRLF}, the key in 56 lower-case hexadecimal
 * digits; payload follows at once, and nothing is answered.
 *
 * @param destination null where it has no meaning and the client wrote nothing useful
 */
record TrojanRequest(Command command, @Nullable Destination destination) {
    /** What the client wants. */
    enum Command {
        CONNECT(1),
        /** Datagrams in both directions, each with its own address; the request's has no meaning. */
        DATAGRAMS(3);

        final int code;

        Command(int code) {
            this.code = code;
        }
    }

    /** The most bytes of a request: one with a name of 255. */
    static final int MAX_BYTES = TrojanKey.LENGTH + 2 + 1 + SocksAddress.MAX_BYTES + 2;

    /**
     * Looks at the key, without reading it.
     *
     * @return null while {@code in} holds only the beginning of a key and its CRLF
     * @throws GarbageException as soon as {@code in} cannot become one
     */
    static byte @Nullable [] key(ByteBuf in) throws GarbageException {
        int start = in.readerIndex();
        int digits = Math.min(in.readableBytes(), TrojanKey.LENGTH);
        for (int i = start; i < start + digits; i++) {
            byte c = in.getByte(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                throw new GarbageException("no key");
            }
        }
        if (!crlf(in, start + TrojanKey.LENGTH)) {
            return null;
        }
        byte[] key = new byte[TrojanKey.LENGTH];
        in.getBytes(start, key);
        return key;
    }

    /**
     * Reads a request.
     *
     * @return null, and nothing is read, while {@code in} holds only the beginning of one
     * @throws GarbageException as soon as {@code in} cannot become one; nothing is read then either
     */
    static @Nullable TrojanRequest decode(ByteBuf in) throws GarbageException {
        int command = in.readerIndex() + TrojanKey.LENGTH + 2;
        if (key(in) == null || in.writerIndex() <= command) {
            return null;
        }
        Command what = command(in.getByte(command));
        int length = addressLength(in, command + 1);
        int end = command + 1 + length;
        if (length == 0 || !crlf(in, end)) {
            return null;
        }
        Destination destination = SocksAddress.read(in.slice(command + 1, length));
        if (destination == null && what == Command.CONNECT) {
            throw new GarbageException("nowhere to connect to");
        }
        in.readerIndex(end + 2);
        return new TrojanRequest(what, destination);
    }

    private static Command command(byte code) throws GarbageException {
        for (Command command : Command.values()) {
            if (command.code == code) {
                return command;
            }
        }
        throw new GarbageException("command " + (code & 0xff));
    }

    /** How many bytes the address at {@code index} takes, or 0 while it is not there as a whole. */
    static int addressLength(ByteBuf in, int index) throws GarbageException {
        int length = SocksAddress.length(in, index);
        if (length < 0) {
            throw new GarbageException("address type " + in.getUnsignedByte(index));
        }
        return length;
    }

    /** Whether a CRLF is there as a whole; what is there is checked. */
    static boolean crlf(ByteBuf in, int index) throws GarbageException {
        int available = in.writerIndex() - index;
        if (available > 0 && in.getByte(index) != '\r' || available > 1 && in.getByte(index + 1) != '\n') {
            throw new GarbageException("no CRLF");
        }
        return available >= 2;
    }

    /** Appends a request. */
    static void encode(byte[] key, Command command, Destination destination, ByteBuf out) {
        out.writeBytes(key).writeShort(0x0d0a).writeByte(command.code);
        SocksAddress.write(destination, out);
        out.writeShort(0x0d0a);
    }
}
