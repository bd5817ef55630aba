package dev.fenliu.tunnel.ssh;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.apache.sshd.agent.SshAgent;
import org.apache.sshd.agent.SshAgentFactory;
import org.apache.sshd.agent.SshAgentServer;
import org.apache.sshd.agent.common.AbstractAgentProxy;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/** The user's agent, by its socket (draft-ietf-sshm-ssh-agent). Waits for it, which may ask the user: not for event loops of flows. */
final class SshAgentSocket extends AbstractAgentProxy {
    /** Longer than any answer of ours: a list of a few hundred keys. */
    private static final int MOST = 1 << 20;

    private final SocketChannel channel;

    private SshAgentSocket(SocketChannel channel) {
        super(null);
        this.channel = channel;
    }

    /** Connects for each login anew. */
    static SshAgentFactory factory(Path path) {
        return new SshAgentFactory() {
            @Override
            public List<ChannelFactory> getChannelForwardingFactories(FactoryManager manager) {
                return List.of(); // the server gets no way to our agent
            }

            @Override
            public SshAgent createClient(Session session, FactoryManager manager) throws IOException {
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                try {
                    channel.connect(UnixDomainSocketAddress.of(path));
                } catch (IOException e) {
                    channel.close();
                    throw new IOException("the agent at " + path + " does not answer: " + e.getMessage(), e);
                }
                return new SshAgentSocket(channel);
            }

            @Override
            public SshAgentServer createServer(ConnectionService service) {
                throw new UnsupportedOperationException();
            }
        };
    }

    @Override
    protected synchronized Buffer request(Buffer message) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(message.array(), message.rpos(), message.available());
        while (out.hasRemaining()) {
            channel.write(out);
        }
        int length = read(Integer.BYTES).getInt();
        if (length <= 0 || length > MOST) {
            throw new IOException("the agent's answer is malformed");
        }
        byte[] answer = new byte[length];
        read(length).get(answer);
        return new ByteArrayBuffer(answer);
    }

    private ByteBuffer read(int bytes) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(bytes);
        while (in.hasRemaining()) {
            if (channel.read(in) < 0) {
                throw new EOFException("the agent has hung up");
            }
        }
        return in.flip();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
