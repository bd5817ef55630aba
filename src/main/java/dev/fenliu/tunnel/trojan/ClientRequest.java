package dev.fenliu.tunnel.trojan;

import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.Admission;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.StreamPackets;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.net.GarbageException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the request of one client at the server end. */
final class ClientRequest implements Admission.Request {
    private final ListenerContext context;
    private final Accounts accounts;
    private Accounts.@Nullable Account account;

    ClientRequest(ListenerContext context, Accounts accounts) {
        this.context = context;
        this.accounts = accounts;
    }

    @Override
    public @Nullable Consumer<Channel> read(ByteBuf received) throws GarbageException {
        Accounts.Account known = account;
        if (known == null) {
            byte[] key = TrojanRequest.key(received);
            if (key == null) {
                return null;
            }
            known = accounts.find(key);
            if (known == null) {
                throw new GarbageException("nobody's key");
            }
            account = known;
        }
        TrojanRequest request = TrojanRequest.decode(received);
        Accounts.Account client = known;
        return request == null ? null : channel -> start(channel, request, client);
    }

    private void start(Channel channel, TrojanRequest request, Accounts.Account client) {
        if (request.command() == TrojanRequest.Command.DATAGRAMS || request.destination() == null) {
            StreamPackets.start(context, channel, client.user(), TrojanPacket.FRAMING);
        } else {
            Flow flow = context.flow(channel, request.destination(), client.user());
            context.handler().stream(new Stream(flow, channel));
        }
    }

    /** Trojan has no answer: yes is silence, and no is the end. */
    private record Stream(Flow flow, Channel channel) implements InboundStream {
        @Override
        public void accept() {}

        @Override
        public void refuse(Failure failure) {
            channel.close();
        }
    }
}
