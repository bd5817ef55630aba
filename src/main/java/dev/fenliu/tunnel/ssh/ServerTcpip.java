package dev.fenliu.tunnel.ssh;

import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.client.future.DefaultOpenFuture;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.channel.AbstractServerChannel;

/** The server end of a channel of the type {@code direct-tcpip}: a flow for the rules. On its client's event loop. */
final class ServerTcpip extends AbstractServerChannel {
    static final String TYPE = "direct-tcpip";

    private final ListenerContext context;
    private final Channel client;
    private final Payload payload;

    ServerTcpip(ListenerContext context, Channel client) {
        super("", List.of(), null);
        this.context = context;
        this.client = client;
        this.payload = new Payload(this, this::sendEof, client.eventLoop());
    }

    @Override
    protected OpenFuture doInit(Buffer buffer) {
        OpenFuture opening = new DefaultOpenFuture(this, this);
        try {
            Destination destination = new Destination(Host.parse(buffer.getString()), port(buffer.getUInt()));
            client.eventLoop().register(payload.stream());
            Flow flow = context.flow(client, destination, Optional.of(AuthorizedKeys.user(getSession())));
            context.handler().stream(new Stream(flow, payload.stream(), opening));
        } catch (IllegalArgumentException e) {
            opening.setException(refusal(SshConstants.SSH_OPEN_CONNECT_FAILED, String.valueOf(e.getMessage())));
        }
        return opening;
    }

    private static int port(long number) {
        if (number < 1 || number > 65_535) {
            throw new IllegalArgumentException("there is no such port");
        }
        return (int) number;
    }

    private SshChannelOpenException refusal(int reason, String text) {
        return new SshChannelOpenException(getChannelId(), reason, text);
    }

    /** SSH knows four reasons (RFC 4254 section 5.1), and a text. */
    private final class Stream implements InboundStream {
        private final Flow flow;
        private final Channel stream;
        private final OpenFuture opening;

        Stream(Flow flow, Channel stream, OpenFuture opening) {
            this.flow = flow;
            this.stream = stream;
            this.opening = opening;
        }

        @Override
        public Flow flow() {
            return flow;
        }

        @Override
        public Channel channel() {
            return stream;
        }

        @Override
        public void accept() {
            signalChannelOpenSuccess();
            opening.setOpened();
        }

        @Override
        public void refuse(Failure failure) {
            int reason = switch (failure.kind()) {
                case BLOCKED, FORBIDDEN, LOOP -> SshConstants.SSH_OPEN_ADMINISTRATIVELY_PROHIBITED;
                case OVERLOADED -> SshConstants.SSH_OPEN_RESOURCE_SHORTAGE;
                default -> SshConstants.SSH_OPEN_CONNECT_FAILED;
            };
            opening.setException(refusal(reason, failure.kind().name().toLowerCase(java.util.Locale.ROOT)));
            ServerTcpip.this.close(true);
        }
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
