package dev.fenliu.tunnel.ssh;

import dev.fenliu.model.Destination;
import io.netty.channel.EventLoop;
import java.io.IOException;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.net.SshdSocketAddress;

/** The client end of a channel of the type {@code direct-tcpip} (RFC 4254 section 7.2). */
final class DirectTcpip extends ChannelDirectTcpip {
    /** What the server hears about who wants the connection; nothing of our clients. */
    private static final SshdSocketAddress SOMEBODY = new SshdSocketAddress("127.0.0.1", 0);

    private final Payload payload;

    /** @param loop of the stream */
    DirectTcpip(Destination destination, EventLoop loop) {
        super(SOMEBODY, new SshdSocketAddress(destination.host().toString(), destination.port()));
        this.payload = new Payload(this, this::sendEof, loop);
    }

    SshStream stream() {
        return payload.stream();
    }

    @Override
    protected void doOpen() {
        // the payload needs none of the streams of the class above
    }

    @Override
    protected void doWriteData(byte[] data, int offset, long length) {
        payload.arrived(data, offset, (int) length);
    }

    @Override
    protected void doWriteExtendedData(byte[] data, int offset, long length) throws IOException {
        getLocalWindow().release(length); // such a channel has none
    }

    @Override
    public void handleEof() throws IOException {
        super.handleEof();
        payload.ended();
    }

    @Override
    public void handleWindowAdjust(Buffer buffer) throws IOException {
        super.handleWindowAdjust(buffer);
        payload.resume();
    }
}
