package dev.fenliu.inbound.http;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A socket that speaks text, for either end of a test. */
record Wire(Socket socket) implements Closeable {
    Wire {
        try {
            socket.setSoTimeout(8000); // a test that waits for ever says where
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Wire to(int port) throws IOException {
        return new Wire(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    Wire send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Exactly {@code count} bytes, or less where the stream ends. */
    String read(int count) throws IOException {
        return new String(socket.getInputStream().readNBytes(count), StandardCharsets.ISO_8859_1);
    }

    /** Up to and with {@code end}. */
    String readTo(String end) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        for (int b; (b = in.read()) >= 0; ) {
            out.write(b);
            if (out.toString(StandardCharsets.ISO_8859_1).endsWith(end)) {
                return out.toString(StandardCharsets.ISO_8859_1);
            }
        }
        return out.toString(StandardCharsets.ISO_8859_1) + "<end>";
    }

    String head() throws IOException {
        return readTo("\r\n\r\n");
    }

    String rest() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    void end() throws IOException {
        socket.shutdownOutput();
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
