package dev.fenliu.hostile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A client that sends what it likes, and whose patience ends. */
public final class Caller implements AutoCloseable {
    /** An answer or an end has to come within this time. */
    private static final int PATIENCE_MILLIS = 2000;

    private final Socket socket;
    private boolean reset;

    private Caller(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
    }

    public static Caller to(int port) throws IOException {
        return new Caller(port);
    }

    /** All that comes back until the other side ends the stream, in order or not. */
    public static byte[] exchange(int port, byte[] bytes, boolean fin) throws IOException {
        try (Caller caller = to(port)) {
            caller.send(bytes);
            if (fin) {
                caller.end();
            }
            return caller.all();
        }
    }

    /**
     * Sends each message on a connection of its own, all at once, and none of them ends: the other side has to.
     *
     * @param seconds how long it may take
     * @return what came back on each
     */
    public static List<byte[]> stalls(int port, List<byte[]> messages, int seconds) throws IOException {
        List<Caller> callers = new ArrayList<>();
        try {
            for (byte[] message : messages) {
                Caller caller = to(port);
                callers.add(caller);
                caller.send(message);
                caller.socket.setSoTimeout(1000 * seconds);
            }
            List<byte[]> answers = new ArrayList<>();
            for (Caller caller : callers) {
                answers.add(caller.all());
            }
            return answers;
        } finally {
            for (Caller caller : callers) {
                caller.close();
            }
        }
    }

    public void send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            // the other side has ended already; what it said can still be read
        }
    }

    public void end() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            // likewise
        }
    }

    /** The next bytes, so many if the other side does not end before. */
    public byte[] some(int count) throws IOException {
        return socket.getInputStream().readNBytes(count);
    }

    /** Reads to the end. */
    public byte[] all() {
        return all(socket, () -> reset = true);
    }

    /** Whether the end was none in order. */
    public boolean wasReset() {
        return reset;
    }

    /** Reads to the end of any kind. */
    public static byte[] all(Socket socket) {
        return all(socket, () -> {});
    }

    private static byte[] all(Socket socket, Runnable reset) {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try {
            byte[] some = new byte[4096];
            for (int n; (n = socket.getInputStream().read(some)) >= 0; ) {
                received.write(some, 0, n);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError(
                    "neither an answer nor an end after " + HexFormat.of().formatHex(received.toByteArray()));
        } catch (IOException e) {
            reset.run();
        }
        return received.toByteArray();
    }

    public boolean isLeftInSilence() throws IOException {
        return isLeftInSilence(socket);
    }

    /** Whether nothing has come so far, and the other side has not ended either. */
    public static boolean isLeftInSilence(Socket socket) throws IOException {
        socket.setSoTimeout(1);
        try {
            int n = socket.getInputStream().read(new byte[1]);
            return n == 0;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (IOException e) {
            return false;
        } finally {
            socket.setSoTimeout(PATIENCE_MILLIS);
        }
    }

    public Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
