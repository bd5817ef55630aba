package dev.fenliu.e2e;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A resolver on loopback that answers over TCP alone, and always 203.0.113.7. */
final class StreamDns implements AutoCloseable {
    private static final byte[] ADDRESS = {(byte) 203, 0, 113, 7};

    private final ServerSocket socket;

    StreamDns() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::accept, "stream-dns");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                Thread thread = new Thread(() -> serve(client), "stream-dns-client");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private static void serve(Socket client) {
        try (client) {
            DataInputStream in = new DataInputStream(client.getInputStream());
            DataOutputStream out = new DataOutputStream(client.getOutputStream());
            while (true) {
                Message query = new Message(in.readNBytes(in.readUnsignedShort()));
                Message answer = new Message(query.getHeader().getID());
                answer.getHeader().setFlag(Flags.QR);
                answer.addRecord(query.getQuestion(), Section.QUESTION);
                if (query.getQuestion().getType() == Type.A) {
                    answer.addRecord(
                            new ARecord(
                                    query.getQuestion().getName(),
                                    query.getQuestion().getDClass(),
                                    300,
                                    InetAddress.getByAddress(ADDRESS)),
                            Section.ANSWER);
                }
                byte[] wire = answer.toWire();
                out.writeShort(wire.length);
                out.write(wire);
            }
        } catch (IOException e) {
            // the client has ended
        }
    }

    int port() {
        return socket.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
