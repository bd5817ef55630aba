package dev.fenliu.app;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;

/** One request of HTTP/1.1 over a Unix socket, which Java's own client cannot send. */
final class UnixHttp {
    private static final int MAX_ANSWER = 64 << 20;

    private UnixHttp() {}

    /** Asks, and waits for the whole answer. */
    static ApiClient.Answer send(Path socket, String method, String path, String token, String body)
            throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Authorization: Bearer " + token + "\r\n"
                + (content.length == 0 ? "" : "Content-Type: application/json\r\n")
                + "Content-Length: " + content.length + "\r\n\r\n";
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            write(channel, head.getBytes(StandardCharsets.ISO_8859_1));
            write(channel, content);
            ByteBuffer piece = ByteBuffer.allocate(1 << 16);
            while (channel.read(piece) >= 0 && all.size() < MAX_ANSWER) {
                all.write(piece.array(), 0, piece.position());
                piece.clear();
            }
        }
        return answer(all.toString(StandardCharsets.UTF_8));
    }

    /** The lines of an answer that does not end, which is one of HTTP/1.0, where they come as they are. */
    static Stream<String> lines(Path socket, String path, String token) throws IOException, Stop {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        String head = "GET " + path + " HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n\r\n";
        write(channel, head.getBytes(StandardCharsets.ISO_8859_1));
        BufferedReader in =
                new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        String status = String.valueOf(in.readLine());
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            // the rest of the head
        }
        if (!status.startsWith("HTTP/1.1 200 ")) {
            throw new Stop(ExitCode.FAILED, socket + ": " + status + " " + in.readLine());
        }
        return in.lines().onClose(() -> close(channel));
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    private static ApiClient.Answer answer(String text) throws IOException {
        int end = text.indexOf("\r\n\r\n");
        if (end < 0 || !text.matches("(?s)HTTP/1\\.1 [0-9]{3} .*")) {
            throw new IOException("the answer is no HTTP");
        }
        return new ApiClient.Answer(Integer.parseInt(text.substring(9, 12)), text.substring(end + 4));
    }
}
