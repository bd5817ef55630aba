package dev.fenliu.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.net.Dial;
import dev.fenliu.net.Negotiation;
import dev.fenliu.net.http2.Http2Server;
import dev.fenliu.net.site.Site;
import dev.fenliu.tunnel.Loopback;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What both ends of Xray 26.7.28 and of sing-box 1.14.0-alpha.2 said to each other, recorded without TLS: VLESS to an origin
 * at 127.0.0.1:7777 that echoes, {@code hello} and, when that had come back, {@code second}. Each half is played to our
 * other end.
 */
@Timeout(60)
class RecordedTest {
    private static final String ASKED =
            text("006f9619ff8b864011b42d00c04fc964ff0001" + "1e61017f000001") + "hellosecond";
    private static final List<String> ANSWERED = List.of("\0\0hello", "second");
    private static final Pattern KEY = Pattern.compile("Sec-WebSocket-Key: (\\S+)");
    private static final Pattern ACCEPT = Pattern.compile("(Sec-WebSocket-Accept: )(\\S+)");
    private static final Pattern EARLY = Pattern.compile("Sec-WebSocket-Protocol: (\\S+)\r\n");

    private record Exchange(String program, String transport, String client, String server) {
        TransportOptions.Kind kind() {
            return TransportOptions.Kind.valueOf(
                    transport.replaceFirst("-early", "").toUpperCase(Locale.ROOT));
        }

        TransportOptions options() {
            boolean grpc = kind() == TransportOptions.Kind.GRPC;
            return new TransportOptions(kind(), grpc ? "/svc/Tun|TunMulti" : "/t", List.of(), 0);
        }

        @Override
        public String toString() {
            return program + " " + transport;
        }
    }

    private static String text(String hex) {
        return new String(HexFormat.of().parseHex(hex), ISO_8859_1);
    }

    private static Stream<Exchange> recorded() throws Exception {
        try (InputStream in = RecordedTest.class.getResourceAsStream("recorded.txt")) {
            List<String[]> lines = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8)
                    .lines()
                    .map(line -> line.split(" ", -1))
                    .toList();
            return IntStream.range(0, lines.size() / 2)
                    .mapToObj(i -> new Exchange(
                            lines.get(2 * i)[0],
                            lines.get(2 * i)[1],
                            text(lines.get(2 * i)[3]),
                            text(lines.get(2 * i + 1)[3])));
        }
    }

    static Stream<Exchange> upgrades() throws Exception {
        return recorded().filter(each -> each.kind() != TransportOptions.Kind.GRPC);
    }

    static Stream<Exchange> calls() throws Exception {
        return recorded().filter(each -> each.kind() == TransportOptions.Kind.GRPC);
    }

    @ParameterizedTest
    @MethodSource("upgrades")
    void our_server_answers_an_upgrade_byte_for_byte(Exchange exchange) {
        for (int piece : new int[] {1, exchange.client.length()}) {
            Far far = new Far();
            EmbeddedChannel server = new EmbeddedChannel();
            new ServerTransport(exchange.options(), nothing()).accept(server, far);
            server.pipeline().fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
            String said = play(server, exchange.client, piece);
            assertThat(far.seen).hasToString(ASKED);
            int head = exchange.server.indexOf("\r\n\r\n");
            assertThat(lines(said)).containsAll(lines(exchange.server.substring(0, head)));
            String theirs = exchange.server.substring(head).replaceFirst("(\\u0088\\u0002\\u0003\u00e8)+$", "");
            assertThat(said.substring(said.indexOf("\r\n\r\n"))).isEqualTo(theirs);
        }
    }

    @ParameterizedTest
    @MethodSource("upgrades")
    void our_client_takes_what_a_server_answered(Exchange exchange) throws Exception {
        Matcher early = EARLY.matcher(exchange.client);
        byte[] first = early.find() ? Base64.getUrlDecoder().decode(early.group(1)) : new byte[0];
        UpgradeNegotiation negotiation = new UpgradeNegotiation(exchange.options(), "cdn.test", first);
        ByteBuf out = Unpooled.buffer();
        negotiation.begin(out);
        String asked = out.toString(ISO_8859_1);
        assertThat(lines(asked)).containsAll(demands(exchange));
        Matcher key = KEY.matcher(asked);
        String answer = key.find()
                ? ACCEPT.matcher(exchange.server).replaceFirst("$1" + WebSocketKey.accept(key.group(1)))
                : exchange.server;
        ByteBuf in = Unpooled.copiedBuffer(answer, ISO_8859_1);
        assertThat(negotiation.proceed(in, out)).isEqualTo(Negotiation.Stage.DONE);
        String payload = in.toString(ISO_8859_1);
        if (exchange.kind() == TransportOptions.Kind.WS) {
            Far near = new Far();
            EmbeddedChannel channel = new EmbeddedChannel(new WebSocketStream(true), near.reader());
            play(channel, payload, 1);
            payload = near.seen.toString();
        }
        assertThat(payload).isEqualTo(String.join("", ANSWERED));
    }

    /** The lines of a client's request but for what it draws by chance and what it says of itself. */
    private static List<String> demands(Exchange exchange) {
        String head = exchange.client.substring(0, exchange.client.indexOf("\r\n\r\n"));
        return lines(head).stream()
                .filter(line ->
                        line.matches("get .*|host: .*|connection: .*|upgrade: .*|sec-websocket-(version|protocol): .*"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("calls")
    void our_server_answers_a_call_byte_for_byte(Exchange exchange) throws Exception {
        Far far = new Far();
        String expected = payload(exchange.server);
        try (Loopback here = new Loopback()) {
            int server = here.serve(client -> Http2Server.start(client, false, stream -> {
                stream.pipeline().addLast(new StreamRequest(exchange.options(), nothing(), far));
                stream.read();
            }));
            try (Socket socket = new Socket(Loopback.LOCAL, server)) {
                socket.getOutputStream().write(exchange.client.getBytes(ISO_8859_1));
                Frames said = new Frames(socket.getInputStream());
                while (said.payload.length() < expected.length()) {
                    said.read();
                }
                assertThat(said.payload).hasToString(expected);
            }
        }
        far.whole.get(30, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void our_client_takes_what_a_server_answered_to_a_call(Exchange exchange) throws Exception {
        try (Loopback here = new Loopback()) {
            int server = here.origin((in, out, socket) -> {
                StringBuilder asked = new StringBuilder();
                while (asked.indexOf("hello") < 0) {
                    asked.append((char) in.read());
                }
                Frames answer = new Frames(new ByteArrayInputStream(exchange.server.getBytes(ISO_8859_1)));
                while (answer.read()) {
                    answer.writeTo(out);
                }
                in.transferTo(OutputStream.nullOutputStream());
            });
            CallPool pool = new CallPool(
                    exchange.options(),
                    "cdn.test",
                    false,
                    loop -> here.direct.connect(Dial.own(Loopback.local(server), loop)));
            var loop = here.loops().next();
            Far near = new Far();
            Channel stream = loop.submit(() -> pool.open(loop)).get().get();
            loop.submit(() -> {
                stream.pipeline().addLast(near.reader());
                stream.writeAndFlush(Unpooled.copiedBuffer("hello", ISO_8859_1));
                stream.config().setAutoRead(true);
            });
            near.whole.get(30, TimeUnit.SECONDS);
            pool.close();
        }
    }

    /** The DATA frames of what an end of HTTP/2 said. */
    private static String payload(String said) throws IOException {
        Frames frames = new Frames(new ByteArrayInputStream(said.getBytes(ISO_8859_1)));
        while (frames.read()) {}
        return frames.payload.toString();
    }

    private static final class Frames {
        private static final int HEADER = 9;

        private final DataInputStream in;
        private final StringBuilder payload = new StringBuilder();
        private byte[] header = {};
        private byte[] body = {};

        Frames(InputStream in) {
            this.in = new DataInputStream(in);
        }

        /** Whether there was one. */
        boolean read() throws IOException {
            header = in.readNBytes(HEADER);
            if (header.length < HEADER) {
                return false;
            }
            body = in.readNBytes((header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | header[2] & 0xff);
            if (header[3] == 0) {
                payload.append(new String(body, ISO_8859_1));
            }
            return true;
        }

        /** Of a stream, if of any, that has the first number of clients of Netty, which leave out the first that there is. */
        void writeTo(OutputStream out) throws IOException {
            header[HEADER - 1] = (byte) (header[HEADER - 1] * 3);
            out.write(header);
            out.write(body);
        }
    }

    private static List<String> lines(String head) {
        return Arrays.stream(head.split("\r\n", -1))
                .map(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket")
                        ? line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT)
                                + line.substring(line.indexOf(':'))
                        : line.toLowerCase(Locale.ROOT))
                .filter(line -> !line.startsWith("date: "))
                .toList();
    }

    /** What {@code channel} says to what comes in pieces of that size. */
    private static String play(EmbeddedChannel channel, String input, int piece) {
        for (int at = 0; at < input.length(); at += piece) {
            channel.writeInbound(
                    Unpooled.copiedBuffer(input.substring(at, Math.min(input.length(), at + piece)), ISO_8859_1));
        }
        return said(channel);
    }

    private static String said(EmbeddedChannel channel) {
        channel.runPendingTasks();
        StringBuilder out = new StringBuilder();
        for (Object message; (message = channel.readOutbound()) != null; ) {
            if (message instanceof ByteBuf bytes) {
                out.append(bytes.toString(ISO_8859_1));
                bytes.release();
            }
        }
        return out.toString();
    }

    private static Site nothing() {
        return new Site(Optional.empty(), dial -> {
            throw new AssertionError("nobody is dialled");
        });
    }

    /** What uses a transport: collects payload, and answers what the recorded server did. */
    private static final class Far implements Consumer<Channel> {
        private final StringBuilder seen = new StringBuilder();
        private final CompletableFuture<Void> whole = new CompletableFuture<>();

        @Override
        public void accept(Channel channel) {
            channel.pipeline().addLast(reader());
        }

        ChannelInboundHandlerAdapter reader() {
            return new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    seen.append(((ByteBuf) message).toString(ISO_8859_1));
                    ((ByteBuf) message).release();
                    if (seen.toString().equals(String.join("", ANSWERED))) {
                        whole.complete(null);
                    } else if (seen.toString().equals(ASKED)) {
                        whole.complete(null);
                        ANSWERED.forEach(part -> ctx.channel().writeAndFlush(Unpooled.copiedBuffer(part, ISO_8859_1)));
                    }
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                    whole.completeExceptionally(cause);
                }

                @Override
                public void channelInactive(ChannelHandlerContext ctx) {
                    whole.completeExceptionally(new AssertionError("closed after " + seen));
                }
            };
        }
    }
}
