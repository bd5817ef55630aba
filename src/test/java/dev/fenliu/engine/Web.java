package dev.fenliu.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A web server that says byte for byte what the test wants, then closes. */
final class Web implements AutoCloseable {
    final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private final Map<String, byte[]> answers = new ConcurrentHashMap<>();
    private final ServerSocket server;

    Web() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "web");
        thread.setDaemon(true);
        thread.start();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + path);
    }

    /** Answers requests for {@code path} with this, whole. */
    Web says(String path, String answer) {
        answers.put(path, answer.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Answers with this content. */
    Web has(String path, String etag, String content) {
        return says(
                path,
                "HTTP/1.1 200 OK\r\nETag: " + etag + "\r\nContent-Length: "
                        + content.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + content);
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                client.setSoTimeout(5000);
                String head = head(client.getInputStream());
                asked.add(head);
                String path = head.split(" ", 3)[1];
                byte[] answer = answers.get(path);
                if (answer == null) {
                    answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
                }
                client.getOutputStream().write(answer);
            } catch (IOException e) {
                // closed, or a client that went
            }
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int c; head.indexOf("\r\n\r\n") < 0 && (c = in.read()) >= 0; ) {
            head.append((char) c);
        }
        return head.toString();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
