package dev.fenliu.e2e;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A resolver on loopback that writes down every question; it answers 127.0.0.1, but knows no name with "nowhere". */
public final class FakeDns implements AutoCloseable {
    private final DatagramSocket socket;
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();

    public FakeDns() throws IOException {
        socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Thread thread = new Thread(this::serve, "fake-dns");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        byte[] buffer = new byte[4096];
        while (!socket.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                Message query = new Message(java.util.Arrays.copyOf(buffer, packet.getLength()));
                byte[] answer = answer(query).toWire();
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            } catch (IOException e) {
                // closed, or a query that is none
            }
        }
    }

    private Message answer(Message query) throws IOException {
        Record question = query.getQuestion();
        Name name = question.getName();
        asked.add(name.toString(true).toLowerCase(java.util.Locale.ROOT));
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.RA);
        answer.addRecord(question, Section.QUESTION);
        if (name.toString().contains("nowhere")) {
            answer.getHeader().setRcode(Rcode.NXDOMAIN);
        } else if (question.getType() == Type.A) {
            answer.addRecord(
                    new ARecord(name, question.getDClass(), 60, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})),
                    Section.ANSWER);
        }
        return answer;
    }

    public int port() {
        return socket.getLocalPort();
    }

    /** The names that were asked for. */
    public Queue<String> asked() {
        return asked;
    }

    @Override
    public void close() {
        socket.close();
    }
}
