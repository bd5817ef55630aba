package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.config.Secret;
import dev.fenliu.fuzz.CountedBuffers;
import dev.fenliu.fuzz.Pieces;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Both ends of the 2022 edition with a stranger, and with a peer that has the key and seals whatever it likes. */
class Greeting2022FuzzTest {
    private static final Method METHOD = Method.BLAKE3_AES_128_GCM;
    private static final Secret KEY = new Secret(ShadowsocksEnds.key(METHOD.toString(), 1));
    private static final ClientKeys CLIENT = ClientKeys.of(METHOD, KEY);
    private static final ServerKeys SERVER = new ServerKeys(METHOD, KEY, Map.of());
    private static final byte[] SALT = Vectors.salt(METHOD);
    private static final int FIXED = StreamHeader.REQUEST_BYTES;

    private final Clocks clocks = new Wall().clocks;

    @FuzzTest
    void whatever_is_sealed_is_read_the_same_however_it_is_cut(byte[] input) {
        Pieces pieces = Pieces.of(input);
        byte[] plain = pieces.bytes();
        assertThat(open(server(), pieces.whole())).isEqualTo(open(server(), pieces.cut()));
        assertThat(open(client(), pieces.whole())).isEqualTo(open(client(), pieces.cut()));
        if (plain.length < FIXED) {
            return;
        }
        byte[] sealed = seal(plain, FIXED);
        String opened = open(server(), List.of(sealed));
        assertThat(open(server(), Pieces.of(sealed, pieces.seed()).cut())).isEqualTo(opened);
        byte[] answer = seal(plain, Math.min(plain.length, FIXED + SALT.length));
        assertThat(open(client(), Pieces.of(answer, pieces.seed()).cut())).isEqualTo(open(client(), List.of(answer)));
        datagram(plain);
    }

    /** The input's beginning as a header, with the date of now, and the rest of it as the chunk behind. */
    private byte[] seal(byte[] plain, int header) {
        byte[] dated = plain.clone();
        byte[] now = SessionPackets.bytes(clocks.seconds());
        System.arraycopy(now, 0, dated, 1, now.length);
        if (header > FIXED) {
            System.arraycopy(SALT, 0, dated, 1 + now.length, Math.min(SALT.length, header - 1 - now.length));
        }
        int rest = plain.length - header;
        dated[header - 2] = (byte) (rest >> 8);
        dated[header - 1] = (byte) rest;
        AeadCipher cipher = new AeadCipher(CLIENT.key(), SALT);
        byte[] all = Arrays.copyOf(SALT, SALT.length + plain.length + 2 * Method.TAG_BYTES);
        System.arraycopy(dated, 0, all, SALT.length, header);
        cipher.seal(all, SALT.length, header);
        int second = SALT.length + header + Method.TAG_BYTES;
        System.arraycopy(dated, header, all, second, rest);
        cipher.seal(all, second, rest);
        return all;
    }

    private ServerGreeting server() {
        return new ServerGreeting(SERVER, clocks, new ReplayWindow(clocks));
    }

    private ClientGreeting client() {
        return new ClientGreeting(CLIENT, clocks, new ReplayWindow(clocks), SALT);
    }

    private static String open(Greeting greeting, List<byte[]> pieces) {
        try (CountedBuffers buffers = new CountedBuffers()) {
            StreamOpener opener = new StreamOpener(greeting);
            List<String> payload = new ArrayList<>();
            boolean failed = false;
            for (byte[] piece : pieces) {
                ByteBuf in = buffers.of(piece);
                int most = Math.max(1, opener.openedBytes(piece.length));
                ByteBuf out = buffers.allocator().heapBuffer(most, most);
                try {
                    if (!failed) {
                        opener.open(in, out);
                    }
                } catch (Failure e) {
                    assertThat(e.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
                    failed = true;
                }
                payload.add(ByteBufUtil.hexDump(out));
                in.release();
                out.release();
            }
            return failed + String.join("", payload);
        }
    }

    /** The input as a body, with its kind and the date of now; and as it is. */
    private void datagram(byte[] plain) {
        SessionPackets.Outgoing session = new SessionPackets.Outgoing(CLIENT.key(), 5);
        byte[] head = Arrays.copyOf(SessionPackets.bytes(5), SessionPackets.HEAD_BYTES);
        byte[] body = plain.clone();
        System.arraycopy(SessionPackets.bytes(clocks.seconds()), 0, body, 1, Long.BYTES);
        byte[] sealed = Arrays.copyOf(head, head.length + body.length + Method.TAG_BYTES);
        System.arraycopy(body, 0, sealed, head.length, body.length);
        AeadCipher cipher = new AeadCipher(METHOD, CLIENT.key().subkey(SessionPackets.bytes(session.id)));
        cipher.begin(CLIENT.key().subkey(SessionPackets.bytes(session.id)), head, 4);
        cipher.seal(sealed, head.length, body.length);
        BlockCipher.encrypting(CLIENT.key().block()).apply(sealed, 0);
        ServerSessions sessions = new ServerSessions(SERVER, clocks, clocks.seconds());
        ClientSession client = new ClientSession(CLIENT, clocks, 7);
        try (CountedBuffers buffers = new CountedBuffers()) {
            for (byte[] datagram : List.of(plain, sealed)) {
                ByteBuf in = buffers.of(datagram);
                ByteBuf copy = buffers.of(datagram);
                try {
                    InetSocketAddress source = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
                    PacketCodec.Datagram opened =
                            sessions.open(source, in, buffers.allocator()).datagram();
                    assertThat(plain).endsWith(ByteBufUtil.getBytes(opened.payload()));
                    opened.payload().release();
                } catch (Failure e) {
                    assertThat(e.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
                }
                try {
                    client.open(copy, buffers.allocator()).payload().release();
                } catch (Failure e) {
                    assertThat(e.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
                }
                in.release();
                copy.release();
            }
        }
    }
}
