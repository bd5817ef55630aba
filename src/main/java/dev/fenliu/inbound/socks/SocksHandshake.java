package dev.fenliu.inbound.socks;

import dev.fenliu.inbound.HandshakeDeadline;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.RareLog;
import dev.fenliu.inbound.Users;
import dev.fenliu.model.Destination;
import dev.fenliu.net.Sockets;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a client's greeting, login and request, each only after the one before was in order; hands the stream or the
 * association on and removes itself, which passes bytes that came too early to whoever took the stream. Every step ends
 * within 513 bytes, so nothing gathers. Confined to the client's event loop.
 */
final class SocksHandshake extends ByteToMessageDecoder {
    private static final Logger LOG = LoggerFactory.getLogger(SocksHandshake.class);

    private enum Step {
        VERSION,
        GREETING,
        LOGIN,
        REQUEST,
        REQUEST_4,
        OVER
    }

    private final ListenerContext context;
    private final Users users;
    private final RareLog refusedLogins;
    private Step step = Step.VERSION;
    private Optional<String> user = Optional.empty();

    SocksHandshake(ListenerContext context, Users users, RareLog refusedLogins) {
        this.context = context;
        this.users = users;
        this.refusedLogins = refusedLogins;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (step == Step.VERSION) {
            step = switch (in.getUnsignedByte(in.readerIndex())) {
                case Socks4.VERSION -> Step.REQUEST_4;
                case Socks5.VERSION -> Step.GREETING;
                default -> Step.OVER;
            };
            if (step == Step.OVER) {
                ctx.close();
            }
        }
        int version = step == Step.REQUEST_4 ? Socks4.VERSION : Socks5.VERSION;
        try {
            switch (step) {
                case GREETING -> greeting(ctx, in);
                case LOGIN -> login(ctx, in);
                case REQUEST -> request(ctx, in);
                case REQUEST_4 -> request4(ctx, in);
                case VERSION, OVER -> in.skipBytes(in.readableBytes());
            }
        } catch (SocksRefusal refusal) {
            step = Step.OVER;
            SocksStream.refuse(ctx.channel(), version, refusal.reply());
        }
    }

    private void greeting(ChannelHandlerContext ctx, ByteBuf in) {
        int start = in.readerIndex();
        if (in.readableBytes() < 2 || in.readableBytes() < 2 + in.getUnsignedByte(start + 1)) {
            return;
        }
        int methods = in.getUnsignedByte(start + 1);
        int wanted = users.required() ? Socks5.PASSWORD : Socks5.NO_LOGIN;
        boolean offered = in.indexOf(start + 2, start + 2 + methods, (byte) wanted) >= 0;
        in.skipBytes(2 + methods);
        if (offered) {
            step = users.required() ? Step.LOGIN : Step.REQUEST;
            ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {Socks5.VERSION, (byte) wanted}));
        } else {
            end(ctx, Socks5.VERSION, Socks5.NO_METHOD);
        }
    }

    /** RFC 1929. */
    private void login(ChannelHandlerContext ctx, ByteBuf in) {
        int start = in.readerIndex();
        if (in.getUnsignedByte(start) != Socks5.PASSWORD_VERSION) { // its lengths may stand anywhere
            refuseLogin(ctx);
            return;
        }
        int name = in.readableBytes() < 2 ? 0 : in.getUnsignedByte(start + 1);
        if (in.readableBytes() < 3 + name) {
            return;
        }
        int password = in.getUnsignedByte(start + 2 + name);
        if (in.readableBytes() < 3 + name + password) {
            return;
        }
        String who =
                in.skipBytes(2).readCharSequence(name, StandardCharsets.UTF_8).toString();
        String secret = in.skipBytes(1)
                .readCharSequence(password, StandardCharsets.UTF_8)
                .toString();
        if (users.admits(who, secret)) {
            user = Optional.of(who);
            step = Step.REQUEST;
            ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {Socks5.PASSWORD_VERSION, Socks5.SUCCEEDED}));
        } else {
            refuseLogin(ctx);
        }
    }

    private void refuseLogin(ChannelHandlerContext ctx) {
        refusedLogins.warn("listener " + context.settings().name() + ": wrong user or password from "
                + Sockets.text(ctx.channel().remoteAddress()));
        end(ctx, Socks5.PASSWORD_VERSION, Socks5.GENERAL_FAILURE);
    }

    private void request(ChannelHandlerContext ctx, ByteBuf in) throws SocksRefusal {
        int start = in.readerIndex();
        if (in.getUnsignedByte(start) != Socks5.VERSION) {
            close(ctx);
            return;
        }
        if (in.readableBytes() < 4) {
            return;
        }
        int length = SocksAddress.length(in, start + 3);
        if (length < 0) {
            throw new SocksRefusal(Socks5.ADDRESS_TYPE_NOT_SUPPORTED, "unknown type of address");
        }
        if (length == 0) {
            return;
        }
        int command = in.skipBytes(1).readUnsignedByte();
        Destination destination = SocksAddress.read(in.skipBytes(1)); // reserved
        switch (command) {
            case Socks5.CONNECT -> {
                if (destination == null) {
                    throw new SocksRefusal(Socks5.GENERAL_FAILURE, "no usable address");
                }
                stream(ctx, destination, Socks5.VERSION);
            }
            case Socks5.UDP_ASSOCIATE -> associate(ctx, destination);
            default -> throw new SocksRefusal(Socks5.COMMAND_NOT_SUPPORTED, "command " + command);
        }
    }

    private void request4(ChannelHandlerContext ctx, ByteBuf in) throws SocksRefusal {
        Socks4.Request request = Socks4.read(in);
        if (request == null) {
            return;
        }
        if (request.command() != Socks4.CONNECT || users.required()) { // SOCKS 4 has no passwords
            throw new SocksRefusal(Socks5.COMMAND_NOT_SUPPORTED, "command " + request.command());
        }
        stream(ctx, request.destination(), Socks4.VERSION);
    }

    private void stream(ChannelHandlerContext ctx, Destination destination, int version) {
        Channel client = ctx.channel();
        step = Step.OVER;
        HandshakeDeadline.over(client);
        context.handler().stream(new SocksStream(context.flow(client, destination, user), client, version));
        if (!ctx.isRemoved()) {
            ctx.pipeline().remove(this);
        }
    }

    /** @param expected null when the client says nothing of use: most write port 0, PySocks the name "0" as well */
    private void associate(ChannelHandlerContext ctx, @Nullable Destination expected) {
        step = Step.OVER;
        HandshakeDeadline.over(ctx.channel());
        SocksAssociation association = new SocksAssociation(context, ctx.channel(), user);
        ctx.pipeline().replace(this, "socks", association.control());
        association.open(expected);
    }

    private void end(ChannelHandlerContext ctx, int first, int second) {
        step = Step.OVER;
        ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {(byte) first, (byte) second}))
                .addListener(ChannelFutureListener.CLOSE);
    }

    private void close(ChannelHandlerContext ctx) {
        step = Step.OVER;
        ctx.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        super.userEventTriggered(ctx, event);
        if (event == ChannelInputShutdownEvent.INSTANCE && step != Step.OVER) {
            close(ctx); // what is missing will not come
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error(
                    "listener {}: a SOCKS handshake failed unexpectedly",
                    context.settings().name(),
                    cause);
        }
        ctx.close();
    }
}
