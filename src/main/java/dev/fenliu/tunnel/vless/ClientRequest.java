package dev.fenliu.tunnel.vless;

import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.Admission;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.inbound.StreamPackets;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.Preface;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Reads the request of one client at the server end. */
final class ClientRequest implements Admission.Request {
    private static final RareLog FLOWS = new RareLog(LoggerFactory.getLogger(ClientRequest.class));

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
            byte[] uuid = VlessRequest.uuid(received);
            if (uuid == null) {
                return null;
            }
            known = accounts.find(uuid);
            if (known == null) {
                throw new GarbageException("nobody's UUID");
            }
            account = known;
        }
        Accounts.Account client = known;
        if (VlessRequest.hasAddons(received)) {
            return channel -> refuse(channel, client);
        }
        VlessRequest request = VlessRequest.decode(received);
        return request == null ? null : channel -> start(channel, request, client);
    }

    /** Who has a UUID is no stranger: it may learn that something answers here, and its owner has to learn why. */
    private void refuse(Channel channel, Accounts.Account client) {
        FLOWS.warn("listener \"" + context.settings().name() + "\": the client of "
                + client.user().orElse("a user")
                + " asks for a flow, such as xtls-rprx-vision, which is not supported");
        channel.close();
    }

    private void start(Channel channel, VlessRequest request, Accounts.Account client) {
        ByteBuf answer = Unpooled.wrappedBuffer(new byte[] {VlessRequest.VERSION, 0});
        channel.pipeline().addLast("answer", Preface.answer(answer));
        Destination destination = request.destination();
        if (destination == null) {
            StreamPackets.start(context, channel, client.user(), new MuxFraming());
        } else if (request.command() == VlessRequest.Command.DATAGRAMS) {
            StreamPackets.start(context, channel, client.user(), new LengthFraming(destination));
        } else {
            context.handler().stream(new Stream(context.flow(channel, destination, client.user()), channel));
        }
    }

    /** Yes is said with the first payload, and no is the end. */
    private record Stream(Flow flow, Channel channel) implements InboundStream {
        @Override
        public void accept() {}

        @Override
        public void refuse(Failure failure) {
            channel.close();
        }
    }
}
