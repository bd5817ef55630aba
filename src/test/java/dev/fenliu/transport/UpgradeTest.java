package dev.fenliu.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import dev.fenliu.net.Negotiation;
import dev.fenliu.net.Rehearsal;
import dev.fenliu.net.site.Site;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends of the upgrade, and what a server without a site shows to strangers. */
class UpgradeTest {
    private static final TransportOptions WS = new TransportOptions(TransportOptions.Kind.WS, "/chat", List.of(), 0);
    private static final TransportOptions BARE =
            new TransportOptions(TransportOptions.Kind.HTTPUPGRADE, "/chat", List.of("a.example", "b.example"), 0);

    /** The request of RFC 6455 section 1.2, but for its subprotocol. */
    private static final String ASKED = lines("""
            GET /chat HTTP/1.1
            Host: server.example.com
            Upgrade: websocket
            Connection: keep-alive, Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Origin: http://example.com
            Sec-WebSocket-Version: 13

            """);

    private static final String AGREED = lines("""
            HTTP/1.1 101 Switching Protocols
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=

            """);

    private final StringBuilder seen = new StringBuilder();

    @Test
    void the_example_of_the_specification_is_answered_as_it_says() {
        for (int cut = 0; cut < ASKED.length(); cut++) {
            EmbeddedChannel server = server(WS);
            send(server, ASKED.substring(0, cut));
            send(server, ASKED.substring(cut));
            assertThat(said(server)).isEqualTo(AGREED);
            server.writeInbound(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("828537fa213d7f9f4d5158")));
        }
        assertThat(seen).hasToString("[begin]Hello".repeat(ASKED.length()));
    }

    @Test
    void what_follows_the_request_at_once_is_payload() {
        EmbeddedChannel server = server(BARE);
        send(
                server,
                "GET /chat?x=1 HTTP/1.1\r\nHost: B.example:8443\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\nHello");
        assertThat(said(server)).startsWith("HTTP/1.1 101 ").doesNotContain("Sec-WebSocket");
        assertThat(seen).hasToString("[begin]Hello");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SGVsbG8", "SGVsbG8="})
    void early_data_come_first(String field) {
        EmbeddedChannel server = server(WS);
        send(server, ASKED.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: " + field + "\r\n\r\n"));
        assertThat(said(server)).contains("\r\nSec-WebSocket-Protocol: " + field + "\r\n");
        server.writeInbound(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("828100000000" + "21")));
        assertThat(seen).hasToString("[begin]Hello!");
    }

    @Test
    void a_subprotocol_that_is_no_base64_is_not_agreed_to() {
        EmbeddedChannel server = server(WS);
        send(server, ASKED.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat, superchat\r\n\r\n"));
        assertThat(said(server)).isEqualTo(AGREED);
        assertThat(seen).hasToString("[begin]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /other HTTP/1.1|Host: a.example|Connection: Upgrade|Upgrade: websocket||",
                "GET /chatter HTTP/1.1|Host: a.example|Connection: Upgrade|Upgrade: websocket||",
                "POST /chat HTTP/1.1|Host: a.example|Connection: Upgrade|Upgrade: websocket||",
                "GET /chat HTTP/1.0|Host: a.example|Connection: Upgrade|Upgrade: websocket||",
                "GET /chat HTTP/1.1|Host: c.example|Connection: Upgrade|Upgrade: websocket||",
                "GET /chat HTTP/1.1|Host: a.example|Upgrade: websocket||",
                "GET /chat HTTP/1.1|Host: a.example|Connection: Upgrade||",
                "GET /chat HTTP/1.1|Host: a.example||",
                "GET / HTTP/1.1|Host: a.example||",
                "HEAD /chat HTTP/1.1|Host: a.example||"
            })
    void strangers_learn_that_there_is_nothing(String request) {
        EmbeddedChannel server = server(BARE);
        send(server, request.replace("|", "\r\n"));
        String answer = said(server);
        assertThat(answer).startsWith("HTTP/1.1 404 Not Found\r\n").contains("\r\ndate: ");
        assertThat(answer.endsWith("\r\n\r\n")).isEqualTo(request.startsWith("HEAD"));
        assertThat(seen).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /chat HTTP/1.1|Host: a.example|X: \0|Connection: Upgrade|Upgrade: websocket||",
                "GET /chat HTTP/1.1|no header||",
                "\026\003\001|",
                "GET|"
            })
    void garbage_is_a_bad_request(String text) {
        EmbeddedChannel server = server(BARE);
        send(server, text.replace("|", "\r\n"));
        assertThat(said(server)).startsWith("HTTP/1.1 400 Bad Request\r\n");
        assertThat(seen).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /chat HTTP/1.1|Host: a.example|Host: b.example|Connection: Upgrade|Upgrade: websocket||",
                "GET /chat HTTP/1.1|Connection: Upgrade|Upgrade: websocket||",
                "PRI * HTTP/2.0||SM||"
            })
    void what_is_no_upgrade_is_not_upgraded(String text) {
        EmbeddedChannel server = server(BARE);
        send(server, text.replace("|", "\r\n"));
        assertThat(said(server)).startsWith("HTTP/1.1 4");
        assertThat(seen).isEmpty();
    }

    @Test
    void the_answer_is_the_same_with_the_path_and_without() {
        String right = "GET /chat HTTP/1.1\r\nHost: a.example\r\n\r\n";
        String[] answers = new String[2];
        for (int i = 0; i < 2; i++) {
            EmbeddedChannel server = server(BARE);
            send(server, i == 0 ? right : right.replace("/chat", "/tach"));
            answers[i] = said(server).replaceFirst("date: [^\r]*", "");
        }
        assertThat(answers[0]).isEqualTo(answers[1]);
    }

    @Test
    void a_head_without_end_is_a_bad_request_in_bounded_memory() {
        EmbeddedChannel server = server(BARE);
        send(server, "GET /chat HTTP/1.1\r\n");
        for (int i = 0; i < 100 && server.isOpen(); i++) {
            send(server, "X: " + "x".repeat(500) + "\r\n");
        }
        assertThat(said(server)).startsWith("HTTP/1.1 4");
    }

    @Test
    void who_says_nothing_is_borne_with_for_30_to_90_seconds() {
        EmbeddedChannel server = server(BARE);
        send(server, "GET /ch");
        server.advanceTimeBy(29, TimeUnit.SECONDS);
        server.runScheduledPendingTasks();
        assertThat(server.isOpen()).isTrue();
        server.advanceTimeBy(62, TimeUnit.SECONDS);
        server.runScheduledPendingTasks();
        assertThat(server.isOpen()).isFalse();
        assertThat(server.<Object>readOutbound()).isNull();
    }

    @Test
    void who_ends_without_a_request_is_let_go() {
        EmbeddedChannel server = server(BARE);
        send(server, "GET /ch");
        server.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void a_client_asks_for_path_and_host_and_checks_the_answer() {
        TransportOptions named = new TransportOptions(TransportOptions.Kind.HTTPUPGRADE, "/a%20b?x", List.of(), 0);
        Rehearsal played = Rehearsal.of(
                () -> new UpgradeNegotiation(named, "vps.example:8443", new byte[0]),
                "HTTP/1.1 101\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nrest".getBytes(US_ASCII));
        assertThat(played.stage()).isEqualTo(Negotiation.Stage.DONE);
        assertThat(new String(ByteBufUtil.decodeHexDump(played.said()), US_ASCII))
                .isEqualTo(lines("""
                        GET /a%20b?x HTTP/1.1
                        Host: vps.example:8443
                        User-Agent: Mozilla/5.0
                        Connection: Upgrade
                        Upgrade: websocket

                        """));
        assertThat(ByteBufUtil.decodeHexDump(played.left())).asString(US_ASCII).isEqualTo("rest");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 404 Not Found||",
                "HTTP/1.1 200 OK|Connection: Upgrade|Upgrade: websocket||",
                "HTTP/1.0 101 x|Connection: Upgrade|Upgrade: websocket||",
                "HTTP/1.1 101 x|Upgrade: websocket||",
                "HTTP/1.1 101 x|Connection: Upgrade|Upgrade: h2c||",
                "SSH-2.0-x|||"
            })
    void a_client_takes_no_other_answer(String answer) {
        Rehearsal played = Rehearsal.of(
                () -> new UpgradeNegotiation(BARE, "x", new byte[0]),
                answer.replace("|", "\r\n").getBytes(US_ASCII));
        assertThat(played.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
        if (answer.contains("404")) {
            assertThat(played.text()).contains("status 404");
        }
    }

    @Test
    void a_websocket_client_wants_its_key_answered() {
        String answer = AGREED.replace("s3pPLMB", "s3pPLMA");
        Rehearsal played = Rehearsal.of(() -> new UpgradeNegotiation(WS, "x", new byte[0]), answer.getBytes(US_ASCII));
        assertThat(played.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
    }

    /** Both ends, the first bytes with the request; whatever there is more follows. */
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 4096})
    void early_data_of_our_client_reach_our_server(int most) {
        TransportOptions options = new TransportOptions(TransportOptions.Kind.WS, "/chat", List.of(), most);
        EmbeddedChannel client = new EmbeddedChannel(new WebSocketOpening(options, "x"));
        EmbeddedChannel server = server(options);
        client.write(Unpooled.copiedBuffer("Hel", US_ASCII));
        client.write(Unpooled.copiedBuffer("lo", US_ASCII));
        client.flush();
        carry(client, server);
        assertThat(seen).hasToString("[begin]" + "Hello".substring(0, Math.min(most, 5)));
        carry(server, client);
        client.writeOutbound(Unpooled.copiedBuffer("!", US_ASCII));
        carry(client, server);
        assertThat(seen).hasToString("[begin]Hello!");
        server.writeOutbound(Unpooled.copiedBuffer("answer", US_ASCII));
        carry(server, client);
        ByteBuf answer = client.readInbound();
        assertThat(answer.toString(US_ASCII)).isEqualTo("answer");
        answer.release();
    }

    private EmbeddedChannel server(TransportOptions options) {
        ServerTransport transport = new ServerTransport(
                options,
                new Site(Optional.empty(), dial -> {
                    throw new AssertionError("nobody is dialled");
                }));
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.freezeTime();
        transport.accept(
                channel,
                stream -> stream.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                        seen.append(event == SslHandshakeCompletionEvent.SUCCESS ? "[begin]" : "[?]");
                    }

                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object msg) {
                        seen.append(((ByteBuf) msg).toString(US_ASCII));
                        ((ByteBuf) msg).release();
                    }
                }));
        channel.pipeline().fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
        return channel;
    }

    private static String lines(String text) {
        return text.replace("\n", "\r\n");
    }

    private static void send(EmbeddedChannel channel, String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, ISO_8859_1));
    }

    /** What was written, without the end of the stream. */
    private static String said(EmbeddedChannel channel) {
        StringBuilder out = new StringBuilder();
        for (Object message; (message = channel.readOutbound()) != null; ) {
            if (message instanceof ByteBuf bytes) {
                out.append(bytes.toString(ISO_8859_1));
                bytes.release();
            }
        }
        return out.toString();
    }

    private static void carry(EmbeddedChannel from, EmbeddedChannel to) {
        for (ByteBuf bytes; (bytes = from.readOutbound()) != null; ) {
            to.writeInbound(bytes);
        }
    }
}
