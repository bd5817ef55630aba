package dev.fenliu.interop;

import dev.fenliu.model.Destination;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A server at the far end, one thread a connection. */
final class Origin implements AutoCloseable {
    /** What it does with a connection. */
    interface Service {
        void serve(Socket socket) throws IOException;
    }

    private final ServerSocket server;

    private Origin(Service service) throws IOException {
        server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        start(() -> {
            while (true) {
                Socket socket = server.accept();
                start(() -> {
                    try (socket) {
                        service.serve(socket);
                    }
                });
            }
        });
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // closed
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    static Origin of(Service service) throws IOException {
        return new Origin(service);
    }

    /** Echoes until the end of input, then ends. */
    static Origin echo() throws IOException {
        return of(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
    }

    /** Echoes datagrams until the socket is closed. */
    static DatagramSocket datagramEcho() throws IOException {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        start(() -> {
            byte[] bytes = new byte[65_535];
            while (true) {
                DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
                socket.receive(packet);
                socket.send(packet);
            }
        });
        return socket;
    }

    int port() {
        return server.getLocalPort();
    }

    Destination destination() {
        return Destination.parse("127.0.0.1:" + port());
    }

    /** By a name that only the far end resolves. */
    Destination byName() {
        return Destination.parse("localhost:" + port());
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
