package dev.fenliu.net.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.tunnel.Loopback;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that do to a server what no client should, frame by frame. */
@Timeout(120)
class Http2ServerTest {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;

    private final Passage passage = new Passage();

    @AfterEach
    void close() throws Exception {
        passage.close();
    }

    @Test
    void more_streams_than_allowed_are_refused_and_the_others_go_on() throws Exception {
        byte[] request = connect(passage.here.origin(Loopback::echo));
        try (Socket socket = connected()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int i = 0; i < 200; i++) {
                out.writeBytes(frame(HEADERS, END_HEADERS, 2 * i + 1, request));
            }
            socket.getOutputStream().write(out.toByteArray());
            int answered = 0;
            int refused = 0;
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (answered + refused < 200) {
                int type = frameType(in);
                answered += type == HEADERS ? 1 : 0;
                refused += type == RST_STREAM ? 1 : 0;
            }
            assertThat(answered).isEqualTo(128);
        }
    }

    @Test
    void streams_that_are_opened_and_reset_without_end_close_the_connection() throws Exception {
        byte[] request = connect(passage.here.origin(Loopback::echo));
        assertClosed(i -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(frame(HEADERS, END_HEADERS, 2 * i + 1, request));
            out.writeBytes(frame(RST_STREAM, 0, 2 * i + 1, new byte[] {0, 0, 0, 8}));
            return out.toByteArray();
        });
    }

    @Test
    void a_head_without_end_closes_the_connection() throws Exception {
        assertClosed(
                i -> i == 0 ? frame(HEADERS, 0, 1, new byte[] {(byte) 0x82}) : frame(CONTINUATION, 0, 1, new byte[0]));
    }

    @Test
    void a_head_that_is_too_long_closes_the_connection() throws Exception {
        byte[] field =
                ByteBuffer.allocate(4 + 1000).put(new byte[] {0, 1, 'a', 127}).array();
        assertClosed(i -> i == 0 ? frame(HEADERS, 0, 1, new byte[] {(byte) 0x82}) : frame(CONTINUATION, 0, 1, field));
    }

    @Test
    void pings_and_settings_whose_answers_nobody_reads_close_the_connection() throws Exception {
        assertClosed(i -> frame(PING, 0, 0, new byte[8]));
        assertClosed(i -> frame(SETTINGS, 0, 0, new byte[0]));
    }

    @Test
    void a_second_head_that_ends_nothing_breaks_the_stream_off() throws Exception {
        byte[] request = connect(passage.here.origin(Loopback::echo));
        try (Socket socket = connected()) {
            socket.getOutputStream().write(frame(HEADERS, END_HEADERS, 1, request));
            socket.getOutputStream().write(frame(HEADERS, END_HEADERS, 1, request));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int type = SETTINGS;
            while (type != RST_STREAM) {
                type = frameType(in);
            }
        }
    }

    @Test
    void garbage_closes_the_connection() throws Exception {
        try (Socket socket = new Socket(Loopback.LOCAL, passage.server())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(types(socket)).endsWith(GOAWAY);
        }
    }

    private interface Attack {
        byte[] frame(int number);
    }

    /** Goes on until the server has had enough; without reading, as long as it can write. */
    private void assertClosed(Attack attack) throws Exception {
        try (Socket socket = connected()) {
            OutputStream out = socket.getOutputStream();
            int sent = 0;
            try {
                while (sent < 3_000_000) {
                    ByteArrayOutputStream many = new ByteArrayOutputStream();
                    for (int i = 0; i < 100; i++) {
                        many.writeBytes(attack.frame(sent++));
                    }
                    out.write(many.toByteArray());
                }
            } catch (IOException e) {
                return; // closed, and not because of what is at most a few megabytes
            }
            throw new AssertionError("the server took all of it");
        }
    }

    private Socket connected() throws Exception {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4 << 10);
        socket.connect(new InetSocketAddress(Loopback.LOCAL, passage.server(4 << 10)));
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(PREFACE);
        socket.getOutputStream().write(frame(SETTINGS, 0, 0, new byte[0]));
        return socket;
    }

    private static List<Integer> types(Socket socket) {
        List<Integer> types = new ArrayList<>();
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (true) {
                types.add(frameType(in));
            }
        } catch (IOException e) {
            return types;
        }
    }

    private static int frameType(DataInputStream in) throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        in.skipNBytes(5L + length);
        return type;
    }

    /** A header block that needs no table of the other side's: CONNECT, and the authority as it is. */
    private static byte[] connect(int port) {
        String authority = "127.0.0.1:" + port;
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(new byte[] {2, 7});
        block.writeBytes("CONNECT".getBytes(StandardCharsets.US_ASCII));
        block.writeBytes(new byte[] {1, (byte) authority.length()});
        block.writeBytes(authority.getBytes(StandardCharsets.US_ASCII));
        return block.toByteArray();
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }
}
