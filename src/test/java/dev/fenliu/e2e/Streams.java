package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Origins, and clients by SOCKS 5, that are many at once; on threads of their own until it is closed. */
final class Streams implements AutoCloseable {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** What an origin does with a client. */
    @FunctionalInterface
    interface Service {
        void serve(Socket socket) throws IOException;
    }

    /** An origin whose connections are served on threads of their own. */
    ServerSocket origin(Service service) throws IOException {
        ServerSocket origin = new ServerSocket(0, 500, HERE);
        threads.execute(() -> {
            try {
                while (true) {
                    Socket socket = origin.accept();
                    threads.execute(() -> {
                        try (socket) {
                            service.serve(socket);
                        } catch (IOException e) {
                            // the client is gone
                        }
                    });
                }
            } catch (IOException e) {
                // the test is over
            }
        });
        return origin;
    }

    /** A stream by SOCKS 5, whose request says the name. */
    static Socket connect(Fenliu proxy, String name, int port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(HERE, proxy.port("in")), 5000);
            socket.setSoTimeout(10_000);
            byte[] host = name.getBytes(StandardCharsets.US_ASCII);
            byte[] request = new byte[10 + host.length];
            System.arraycopy(new byte[] {5, 1, 0, 5, 1, 0, 3, (byte) host.length}, 0, request, 0, 8);
            System.arraycopy(host, 0, request, 8, host.length);
            request[8 + host.length] = (byte) (port >> 8);
            request[9 + host.length] = (byte) port;
            socket.getOutputStream().write(request);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] reply = new byte[12];
            in.readFully(reply);
            if (reply[3] != 0) {
                throw new IOException("reply " + reply[3]);
            }
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    static void echo(Socket socket) throws IOException {
        socket.getInputStream().transferTo(socket.getOutputStream());
    }

    static void assertEchoes(Socket socket) throws IOException {
        socket.getOutputStream().write(7);
        assertThat(socket.getInputStream().read()).isEqualTo(7);
    }

    <T> Future<T> submit(Callable<T> work) {
        return threads.submit(work);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
