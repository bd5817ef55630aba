package dev.fenliu.tunnel.hysteria2;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Stands on the socket of the server end while the listener is served so: puts QUIC there, or takes over what another one
 * has left. Confined to the socket's event loop.
 */
final class ServerSocketHandler extends ChannelInboundHandlerAdapter {
    private final Service service;

    ServerSocketHandler(Service service) {
        this.service = service;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ServerQuic there = ctx.pipeline().get(ServerQuic.class);
        if (there == null || !there.serve(service)) {
            if (there != null) {
                ctx.pipeline().remove(there);
            }
            ctx.pipeline().addBefore(ctx.name(), null, new ServerQuic(ctx.channel(), service));
        }
    }

    /** Its connections go on if the next one takes them over, which comes in the same turn. */
    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        Channel socket = ctx.channel();
        ServerQuic quic = socket.pipeline().get(ServerQuic.class);
        if (quic == null || !socket.isOpen()) {
            return;
        }
        socket.eventLoop().execute(() -> {
            if (socket.pipeline().get(ServerSocketHandler.class) == null && socket.isOpen()) {
                socket.pipeline().remove(quic);
            }
        });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // An ICMP error for one client says nothing about the others.
    }
}
