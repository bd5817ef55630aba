package dev.fenliu.app;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

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
