package dev.fenliu.tunnel.vmess;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.EndOfStream;
import dev.fenliu.outbound.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VmessCodecTest {
    private static final Destination ORIGIN = Destination.parse("origin.example:443");
    private static final long NOON = 1_700_000_000;

    private final UserKey user = new UserKey(Peer.UUID);
    private final List<String> seen = new ArrayList<>();

    private Peer peer(Session session) throws Exception {
        return new Peer(session.request(user, Session.Command.STREAM, ORIGIN, NOON));
    }

    /** What has this codec in it and above it somebody who notes everything. */
    private EmbeddedChannel channel(Session session, boolean datagrams) {
        Session.Command command = datagrams ? Session.Command.DATAGRAMS : Session.Command.STREAM;
        VmessOutbound outbound = new VmessOutbound(
                new Upstream("vps", Destination.parse("vps.example:1"), dial -> null, Optional.empty()),
                user,
                Security.AES_128_GCM,
                () -> NOON);
        seen.clear();
        EmbeddedChannel channel =
                new EmbeddedChannel(new VmessCodec(outbound, session, command), new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object msg) {
                        seen.add(((ByteBuf) msg).toString(US_ASCII));
                        ((ByteBuf) msg).release();
                    }

                    @Override
                    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                        seen.add("END");
                    }

                    @Override
                    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                        seen.add(((Failure) cause).kind() + " " + cause.getMessage());
                    }
                });
        channel.config().setAutoRead(false);
        return channel;
    }

    private static byte[] bytes(Object... parts) {
        ByteBuf[] all = Arrays.stream(parts)
                .map(part -> part instanceof byte[] raw ? Unpooled.wrappedBuffer(raw) : (ByteBuf) part)
                .toArray(ByteBuf[]::new);
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(all.length, all));
    }

    private static ByteBuf sealed(BodySealer sealer, String text) {
        ByteBuf out = Unpooled.buffer();
        sealer.seal(Unpooled.copiedBuffer(text, US_ASCII), out);
        return out;
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com:443", "192.0.2.1:1", "[2001:db8::1]:65535"})
    void a_request_reads_as_it_was_meant(String text) throws Exception {
        for (Security security : Security.values()) {
            for (Session.Command command : Session.Command.values()) {
                Session session = new Session(security, new Random(1));
                Peer peer = new Peer(session.request(user, command, Destination.parse(text), NOON));
                assertThat(peer.destination).isEqualTo(Destination.parse(text));
                assertThat(peer.seconds).isEqualTo(NOON);
                assertThat(peer.command).isEqualTo(command == Session.Command.STREAM ? 1 : 2);
                assertThat(peer.security).isEqualTo(security.code());
                int unsealed = command == Session.Command.STREAM ? 0 : 1;
                assertThat(peer.options).isEqualTo(security == Security.NONE ? unsealed : 13);
            }
        }
    }

    @Test
    void ciphers_are_called_as_the_protocol_does() {
        assertThat(Security.AES_128_GCM.code()).isEqualTo(3);
        assertThat(Security.CHACHA20_POLY1305.code()).isEqualTo(4);
        assertThat(Security.NONE.code()).isEqualTo(5);
    }

    @Test
    void no_request_is_like_another() {
        Random random = new Random(1);
        byte[] one = new Session(Security.AES_128_GCM, random).request(user, Session.Command.STREAM, ORIGIN, NOON);
        byte[] other = new Session(Security.AES_128_GCM, random).request(user, Session.Command.STREAM, ORIGIN, NOON);
        for (int i = 0; i < 16; i++) {
            if (one[i] != other[i]) {
                return; // the id alone differs, in the same second
            }
        }
        throw new AssertionError("the same id twice");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void what_is_written_opens_at_the_server(Security security) throws Exception {
        Session session = new Session(security, new Random(2));
        Peer peer = peer(session);
        EmbeddedChannel channel = channel(session, false);
        byte[] bulk = new byte[100_000];
        new Random(3).nextBytes(bulk);
        channel.writeOutbound(Unpooled.copiedBuffer("hello", US_ASCII), Unpooled.wrappedBuffer(bulk));
        assertThat(channel.outboundMessages()).as("a buffer for each write").hasSize(2);
        channel.writeOutbound(EndOfStream.INSTANCE);
        ByteBuf sent = Unpooled.buffer();
        Object last = null;
        for (Object message; (message = channel.readOutbound()) != null; last = message) {
            if (message instanceof ByteBuf part) {
                sent.writeBytes(part);
                part.release();
            }
        }
        assertThat(last).isEqualTo(EndOfStream.INSTANCE);
        ByteBuf opened = Unpooled.buffer();
        BodyOpener opener = peer.opener(security);
        opener.open(sent, (bytes, length) -> opened.writeBytes(bytes, 0, length));
        assertThat(opener.ended()).isTrue();
        assertThat(ByteBufUtil.getBytes(opened)).isEqualTo(bytes("hello".getBytes(US_ASCII), bulk));
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void an_answer_opens_at_every_split(Security security) throws Exception {
        Peer peer = peer(new Session(security, new Random(4)));
        BodySealer sealer = peer.sealer(security);
        byte[] whole = bytes(peer.answer(peer.mark), sealed(sealer, "one"), sealed(sealer, "two"), sealed(sealer, ""));
        for (int split = 0; split <= whole.length; split++) {
            EmbeddedChannel channel = channel(new Session(security, new Random(4)), false);
            channel.writeInbound(
                    Unpooled.copiedBuffer(whole, 0, split), Unpooled.copiedBuffer(whole, split, whole.length - split));
            assertThat(String.join("", seen)).as("split at %d", split).isEqualTo("onetwoEND");
            channel.finishAndReleaseAll();
        }
        EmbeddedChannel channel = channel(new Session(security, new Random(4)), false);
        for (byte b : whole) {
            channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
        }
        assertThat(String.join("", seen)).isEqualTo("onetwoEND");
        channel.finishAndReleaseAll();
    }

    @Test
    void a_stream_inside_tls_goes_as_it_is_behind_the_answer() throws Exception {
        Peer peer = peer(new Session(Security.NONE, new Random(5)));
        byte[] whole = bytes(peer.answer(peer.mark), "hello".getBytes(US_ASCII));
        for (int split = 0; split <= whole.length; split++) {
            EmbeddedChannel channel = channel(new Session(Security.NONE, new Random(5)), false);
            channel.writeInbound(
                    Unpooled.copiedBuffer(whole, 0, split), Unpooled.copiedBuffer(whole, split, whole.length - split));
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            assertThat(String.join("", seen)).as("split at %d", split).isEqualTo("helloEND");
            channel.writeOutbound(Unpooled.copiedBuffer("question", US_ASCII));
            ByteBuf sent = channel.readOutbound();
            assertThat(sent.toString(US_ASCII)).isEqualTo("question");
            sent.release();
            channel.finishAndReleaseAll();
        }
    }

    @ParameterizedTest
    @EnumSource
    void each_datagram_arrives_as_one(Security security) throws Exception {
        Peer peer = peer(new Session(security, new Random(5)));
        BodySealer sealer = peer.sealer(security);
        EmbeddedChannel channel = channel(new Session(security, new Random(5)), true);
        byte[] all = bytes(peer.answer(peer.mark), sealed(sealer, "one"), sealed(sealer, "two"));
        channel.writeInbound(Unpooled.wrappedBuffer(all));
        assertThat(seen).containsExactly("one", "two");
        channel.finishAndReleaseAll();
    }

    @Test
    void a_large_datagram_leaves_as_one() throws Exception {
        Session session = new Session(Security.AES_128_GCM, new Random(6));
        Peer peer = peer(session);
        EmbeddedChannel channel = channel(session, true);
        channel.writeOutbound(Unpooled.buffer().writeZero(BodySealer.MAX_DATAGRAM));
        List<Integer> lengths = new ArrayList<>();
        ByteBuf sent = channel.readOutbound();
        peer.opener(Security.AES_128_GCM).open(sent, (bytes, length) -> lengths.add(length));
        assertThat(lengths).containsExactly(BodySealer.MAX_DATAGRAM);
        sent.release();
        channel.finishAndReleaseAll();
    }

    @Test
    void what_is_no_answer_is_said_once_and_the_rest_swallowed() {
        EmbeddedChannel channel = channel(new Session(Security.AES_128_GCM, new Random(7)), false);
        channel.writeInbound(Unpooled.copiedBuffer("HTTP/1.1 400 Bad Request\r\n\r\n", US_ASCII));
        channel.writeInbound(Unpooled.copiedBuffer("more", US_ASCII));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(seen)
                .containsExactly(
                        "TUNNEL_PROTOCOL outbound \"vps\": vps.example:1: what answers does not know this uuid");
        channel.finishAndReleaseAll();
    }

    @Test
    void an_answer_to_somebody_else_is_refused() throws Exception {
        Peer peer = peer(new Session(Security.AES_128_GCM, new Random(8)));
        EmbeddedChannel channel = channel(new Session(Security.AES_128_GCM, new Random(8)), false);
        channel.writeInbound(Unpooled.wrappedBuffer(peer.answer(peer.mark ^ 1)));
        assertThat(seen).singleElement().asString().endsWith("an answer to another request");
        channel.finishAndReleaseAll();
    }

    @Test
    void every_changed_byte_is_noticed_unless_it_is_padding() throws Exception {
        Peer peer = peer(new Session(Security.AES_128_GCM, new Random(9)));
        BodySealer sealer = peer.sealer(Security.AES_128_GCM);
        byte[] whole = bytes(peer.answer(peer.mark), sealed(sealer, "one"), sealed(sealer, ""));
        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= 0x40;
            EmbeddedChannel channel = channel(new Session(Security.AES_128_GCM, new Random(9)), false);
            channel.writeInbound(Unpooled.wrappedBuffer(changed));
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            String all = String.join(" ", seen);
            assertThat(all.equals("one END") || all.contains("TUNNEL_PROTOCOL"))
                    .as("%d: %s", at, all)
                    .isTrue();
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void an_end_between_chunks_is_one_and_inside_a_chunk_is_none() throws Exception {
        Peer peer = peer(new Session(Security.AES_128_GCM, new Random(10)));
        byte[] whole = bytes(peer.answer(peer.mark), sealed(peer.sealer(Security.AES_128_GCM), "one"));
        for (int cut : new int[] {0, 1}) {
            EmbeddedChannel channel = channel(new Session(Security.AES_128_GCM, new Random(10)), false);
            channel.writeInbound(Unpooled.copiedBuffer(whole, 0, whole.length - cut));
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            assertThat(seen).last().asString().endsWith(cut == 0 ? "END" : "cut off inside a chunk");
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void who_wants_to_read_is_not_left_waiting_when_only_the_answer_came() throws Exception {
        Peer peer = peer(new Session(Security.AES_128_GCM, new Random(11)));
        int[] reads = {0};
        EmbeddedChannel channel = channel(new Session(Security.AES_128_GCM, new Random(11)), false);
        channel.pipeline().addFirst(new io.netty.channel.ChannelOutboundHandlerAdapter() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads[0]++;
                ctx.read();
            }
        });
        channel.writeInbound(Unpooled.wrappedBuffer(peer.answer(peer.mark)));
        assertThat(reads[0]).isPositive();
        channel.finishAndReleaseAll();
    }
}
