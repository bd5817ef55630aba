package dev.fenliu.net;

import dev.fenliu.model.Failure;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/** Opens byte streams and datagram tunnels. Implementations are safe for concurrent use. */
public interface Dialer {
    /**
     * Connects to {@code dial.destination()}. The future completes on {@code dial.loop()}, where the channel lives too;
     * the channel carries payload bytes only, takes {@link EndOfStream} as a message, and does not read until
     * {@link Relay} takes it; the caller owns it. A failed future holds a {@link Failure}. Whoever
     * no longer wants the channel cancels the future, which ends the attempt.
     */
    Future<Channel> connect(Dial dial);

    /**
     * Opens a way for datagrams to any destination; {@code dial.destination()} is the first of them. The future
     * completes on {@code dial.loop()}, and {@code sink} is called there only. A failed future holds a {@link Failure}.
     */
    default Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        return dial.loop().newFailedFuture(new Failure(Failure.Kind.UNSUPPORTED, "this outbound carries no UDP"));
    }

    /**
     * Opens a channel of {@link io.netty.channel.socket.DatagramPacket datagrams} to {@code dial.destination()} and from
     * there alone, which reads at once; addresses in them are those of the channel. The future completes on
     * {@code dial.loop()}, where the channel lives too; a failed future holds a {@link Failure}.
     */
    default Future<Channel> datagrams(Dial dial) {
        return PacketChannel.open(this, dial);
    }
}
