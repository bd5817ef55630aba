package dev.fenliu.tunnel.ssh;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.AbstractChannel;
import org.apache.sshd.common.util.buffer.Buffer;

/** Moves the payload between a channel of MINA, of either end, and its {@link SshStream}. */
final class Payload implements SshStream.Carrier {
    /** Sends SSH_MSG_CHANNEL_EOF, which only the channel itself can. */
    interface End {
        void send() throws IOException;
    }

    /** What may be on its way between a stream and the socket, in bytes. */
    private static final int MOST_UNDER_WAY = 256 << 10;

    private final AbstractChannel channel;
    private final End end;
    private final EventLoop loop;
    private final SshStream stream = new SshStream(this);
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile boolean blocked;

    /** @param loop of the stream */
    Payload(AbstractChannel channel, End end, EventLoop loop) {
        this.channel = channel;
        this.end = end;
        this.loop = loop;
        channel.addCloseFutureListener(closed -> tell(stream::gone));
    }

    private boolean tell(Runnable what) {
        try {
            loop.execute(what);
            return true;
        } catch (RejectedExecutionException e) {
            channel.close(true); // the program ends
            return false;
        }
    }

    SshStream stream() {
        return stream;
    }

    /** What the other end has sent. */
    void arrived(byte[] data, int offset, int length) {
        ByteBuf bytes = stream.alloc().directBuffer(Math.max(1, length)).writeBytes(data, offset, length);
        if (!tell(() -> stream.arrive(bytes))) {
            bytes.release();
        }
    }

    /** The other end has ended its direction. */
    void ended() {
        tell(stream::ended);
    }

    /** There may be room to send. */
    void resume() {
        if (blocked) {
            blocked = false;
            tell(stream::writable);
        }
    }

    @Override
    public int send(ByteBuf bytes) throws IOException {
        int sent = 0;
        while (sent < bytes.readableBytes()) {
            int length = room(bytes.readableBytes() - sent);
            if (length == 0) {
                blocked = true; // before the second look: whoever makes room meanwhile must see it
                length = room(bytes.readableBytes() - sent);
                if (length == 0) {
                    return sent;
                }
                blocked = false;
            }
            packet(bytes, bytes.readerIndex() + sent, length);
            sent += length;
        }
        return sent;
    }

    private int room(int wanted) {
        long window = Math.min(
                channel.getRemoteWindow().getSize(), channel.getRemoteWindow().getPacketSize());
        return underWay.get() >= MOST_UNDER_WAY ? 0 : (int) Math.min(wanted, window);
    }

    private void packet(ByteBuf bytes, int from, int length) throws IOException {
        PacketArray array = PacketArray.of(length);
        Buffer packet = channel.getSession().prepareBuffer(SshConstants.SSH_MSG_CHANNEL_DATA, array.buffer());
        packet.putUInt(channel.getRecipient());
        packet.putUInt(length);
        bytes.getBytes(from, packet.array(), packet.wpos(), length);
        packet.wpos(packet.wpos() + length);
        channel.getRemoteWindow().consume(length);
        underWay.addAndGet(length);
        channel.writePacket(packet).addListener(written -> {
            array.recycle();
            if (underWay.addAndGet(-length) < MOST_UNDER_WAY / 2) {
                resume();
            }
        });
    }

    @Override
    public void taken(int bytes) {
        try {
            if (!channel.isClosing()) {
                channel.getLocalWindow().release(bytes);
            }
        } catch (IOException e) {
            channel.close(true);
        }
    }

    @Override
    public void end() throws IOException {
        end.send();
    }

    @Override
    public void close() {
        channel.close(false);
    }
}
