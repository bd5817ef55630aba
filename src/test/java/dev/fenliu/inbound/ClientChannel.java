package dev.fenliu.inbound;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** A client without a socket, connected from 127.0.0.1:50000 if nothing else is said. */
public final class ClientChannel extends EmbeddedChannel {
    public static final InetSocketAddress SOURCE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 50000);

    private final InetSocketAddress source;

    public ClientChannel() {
        this(SOURCE);
    }

    public ClientChannel(InetSocketAddress source) {
        this.source = source;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return source;
    }

    /** Sends bytes, as long as the server wants them, cut into pieces that end at the given positions and at the end. */
    public void send(byte[] bytes, int... cuts) {
        int from = 0;
        for (int cut : cuts) {
            send(bytes, from, cut);
            from = cut;
        }
        send(bytes, from, bytes.length);
    }

    private void send(byte[] bytes, int from, int to) {
        if (from < to && isOpen()) {
            writeInbound(Unpooled.copiedBuffer(bytes, from, to - from));
            runPendingTasks();
        }
    }

    public void halfClose() {
        pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        runPendingTasks();
    }

    /** All that was written to the client since the last call, in hex. */
    public String received() {
        return drain(false);
    }

    /** All that went up the pipeline since the last call, in hex. */
    public String passedOn() {
        return drain(true);
    }

    private String drain(boolean inbound) {
        StringBuilder all = new StringBuilder();
        for (ByteBuf buffer; (buffer = inbound ? readInbound() : readOutbound()) != null; ) {
            all.append(Bytes.hex(buffer));
        }
        return all.toString();
    }
}
