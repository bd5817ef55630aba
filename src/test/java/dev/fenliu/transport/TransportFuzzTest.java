package dev.fenliu.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import dev.fenliu.net.GarbageException;
import dev.fenliu.net.NegotiationFuzz;
import dev.fenliu.net.site.Site;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Whatever a peer sends, it is the same whole and in pieces, and nothing is left behind. */
class TransportFuzzTest {
    private static final TransportOptions UPGRADE =
            new TransportOptions(TransportOptions.Kind.HTTPUPGRADE, "/", List.of(), 0);
    private static final TransportOptions WS = new TransportOptions(TransportOptions.Kind.WS, "/", List.of(), 0);

    @FuzzTest
    void what_a_peer_sends_is_the_same_whole_and_in_pieces(byte[] input) {
        switch (Pieces.of(input).seed() / 2 % 6) {
            case 0 -> same(input, channel -> channel.pipeline().addLast(new WebSocketStream(false)));
            case 1 -> same(input, channel -> channel.pipeline().addLast(new Silence(), new WebSocketStream(true)));
            case 2 -> same(input, channel -> channel.pipeline().addLast(new GunStream(false)));
            case 3 -> same(input, channel -> serve(channel, WS));
            case 4 -> same(input, channel -> serve(channel, UPGRADE));
            default ->
                NegotiationFuzz.same(() -> new UpgradeNegotiation(UPGRADE, "a.example", new byte[0]), input, Head.MAX);
        }
    }

    private static void serve(Channel channel, TransportOptions options) {
        Site nothing = new Site(Optional.empty(), dial -> channel.eventLoop().newPromise());
        new ServerTransport(options, nothing).accept(channel, stream -> {});
    }

    private static void same(byte[] input, Consumer<Channel> transport) {
        Pieces pieces = Pieces.of(input);
        assertThat(play(transport, pieces.cut())).isEqualTo(play(transport, pieces.whole()));
    }

    private static String play(Consumer<Channel> transport, List<byte[]> pieces) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            EmbeddedChannel channel = new EmbeddedChannel();
            channel.config().setAllocator(buffers.allocator());
            transport.accept(channel);
            Recorder recorder = new Recorder();
            channel.pipeline().addLast(recorder);
            for (int i = 0; i < pieces.size() && channel.isOpen(); i++) {
                channel.writeInbound(buffers.of(pieces.get(i)));
            }
            StringBuilder said = new StringBuilder();
            for (Object message; (message = channel.readOutbound()) != null; ) {
                said.append(message instanceof ByteBuf bytes ? ByteBufUtil.hexDump(bytes) : message);
                ReferenceCountUtil.release(message);
            }
            channel.finishAndReleaseAll();
            return recorder.seen + " " + said.toString().replaceAll("646174653a[0-9a-f]*?0d0a", "");
        }
    }

    /** A client masks its answers to pings by chance. */
    private static final class Silence extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ReferenceCountUtil.release(message);
        }
    }

    @ChannelHandler.Sharable
    private static final class Recorder extends ChannelInboundHandlerAdapter {
        private final StringBuilder seen = new StringBuilder();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            seen.append(message instanceof ByteBuf bytes ? ByteBufUtil.hexDump(bytes) : "");
            ReferenceCountUtil.release(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            seen.append(event == ChannelInputShutdownEvent.INSTANCE ? "|" : "");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            assertThat(cause).isInstanceOf(GarbageException.class);
            seen.append("!");
        }
    }
}
