package dev.fenliu.tunnel.vless;

import dev.fenliu.model.Destination;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.PortFirstAddress;
import dev.fenliu.outbound.Uuid;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/**
 * What a client says first: {@code version uuid addons command address}, where the version is 0 and the addons are a
 * length of 0; payload follows at once. The answer is {@code version addons}, in front of the first payload.
 *
 * @param destination null where the command has none
 */
record VlessRequest(Command command, @Nullable Destination destination) {
    /** What the client wants. */
    enum Command {
        STREAM(1),
        /** Datagrams to one destination and back: {@link LengthFraming}. */
        DATAGRAMS(2),
        /** Several sessions in one; served are those that carry the datagrams of one association: {@link MuxFraming}. */
        MUX(3);

        final int code;

        Command(int code) {
            this.code = code;
        }
    }

    static final int VERSION = 0;

    private static final int ADDONS = 1 + Uuid.BYTES;
    private static final int COMMAND = ADDONS + 1;

    /** The most bytes of a request without addons: one with a name of 255. */
    static final int MAX_BYTES = COMMAND + 1 + PortFirstAddress.MAX_BYTES;

    /**
     * Looks at the UUID, without reading it.
     *
     * @return null while {@code in} holds only the beginning of one
     * @throws GarbageException if the version in front of it is another
     */
    static byte @Nullable [] uuid(ByteBuf in) throws GarbageException {
        int start = in.readerIndex();
        if (in.isReadable() && in.getByte(start) != VERSION) {
            throw new GarbageException("version " + in.getUnsignedByte(start));
        }
        return in.readableBytes() < ADDONS ? null : ByteBufUtil.getBytes(in, start + 1, Uuid.BYTES);
    }

    /** Whether a request has addons, such as a flow; false while nobody can know. */
    static boolean hasAddons(ByteBuf in) {
        return in.readableBytes() > ADDONS && in.getByte(in.readerIndex() + ADDONS) != 0;
    }

    /**
     * Reads a request that {@link #hasAddons} none.
     *
     * @return null, and nothing is read, while {@code in} holds only the beginning of one
     * @throws GarbageException as soon as {@code in} cannot become one; nothing is read then either
     */
    static @Nullable VlessRequest decode(ByteBuf in) throws GarbageException {
        int command = in.readerIndex() + COMMAND;
        if (uuid(in) == null || in.writerIndex() <= command) {
            return null;
        }
        Command what = command(in.getByte(command));
        if (what == Command.MUX) {
            in.readerIndex(command + 1);
            return new VlessRequest(what, null);
        }
        int length = PortFirstAddress.length(in, command + 1);
        if (length < 0) {
            throw new GarbageException("unknown type of address");
        }
        if (length == 0) {
            return null;
        }
        Destination destination = PortFirstAddress.read(in.slice(command + 1, length));
        if (destination == null) {
            throw new GarbageException("nowhere to connect to");
        }
        in.readerIndex(command + 1 + length);
        return new VlessRequest(what, destination);
    }

    private static Command command(byte code) throws GarbageException {
        for (Command command : Command.values()) {
            if (command.code == code) {
                return command;
            }
        }
        throw new GarbageException("command " + (code & 0xff));
    }

    /** Appends a request without addons. */
    static void encode(byte[] uuid, Command command, Destination destination, ByteBuf out) {
        out.writeByte(VERSION).writeBytes(uuid).writeByte(0).writeByte(command.code);
        PortFirstAddress.write(destination, out);
    }
}
