package dev.fenliu.e2e;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A resolver on loopback that writes down every question; it answers 127.0.0.1, but knows no name with "nowhere". */
public final class FakeDns implements AutoCloseable {
    /** How it treats those who ask. */
    enum Mood {
        HONEST,
        SLOW,
        SILENT,
        /** Before each answer come some that are none: with another id, to another question, from another port. */
        AMONG_LIARS
    }

    private static final byte[] TRUTH = {127, 0, 0, 1};
    private static final byte[] LIE = {127, 0, 0, 66};

    private final DatagramSocket socket;
    private volatile Mood mood = Mood.HONEST;
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();

    /** From where and by which id: a question whose answer is late comes again by both. */
    private final Set<String> seen = new HashSet<>();

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
                if (seen.add(packet.getSocketAddress() + " " + query.getHeader().getID())) {
                    asked.add(query.getQuestion().getName().toString(true).toLowerCase(java.util.Locale.ROOT));
                }
                switch (mood) {
                    case SILENT -> {
                        continue;
                    }
                    case SLOW -> TimeUnit.MILLISECONDS.sleep(20); // each waits for those before it
                    case AMONG_LIARS -> lie(query, packet.getSocketAddress());
                    case HONEST -> {}
                }
                send(socket, answer(query, TRUTH), packet.getSocketAddress());
            } catch (IOException | InterruptedException e) {
                // closed, or a query that is none
            }
        }
    }

    private void lie(Message query, SocketAddress to) throws IOException {
        Message otherId = answer(query, LIE);
        otherId.getHeader().setID(query.getHeader().getID() ^ 1);
        send(socket, otherId, to);
        Message otherQuestion = new Message(query.getHeader().getID());
        otherQuestion.addRecord(
                Record.newRecord(Name.fromConstantString("www.liar.test."), Type.A, DClass.IN), Section.QUESTION);
        send(socket, answer(otherQuestion, LIE), to);
        try (DatagramSocket elsewhere = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            send(elsewhere, answer(query, LIE), to);
        }
    }

    private static void send(DatagramSocket from, Message message, SocketAddress to) throws IOException {
        byte[] wire = message.toWire();
        from.send(new DatagramPacket(wire, wire.length, to));
    }

    private static Message answer(Message query, byte[] address) throws IOException {
        Record question = query.getQuestion();
        Name name = question.getName();
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.RA);
        answer.addRecord(question, Section.QUESTION);
        if (name.toString().toLowerCase(java.util.Locale.ROOT).contains("nowhere")) {
            answer.getHeader().setRcode(Rcode.NXDOMAIN);
        } else if (question.getType() == Type.A) {
            answer.addRecord(
                    new ARecord(name, question.getDClass(), 60, InetAddress.getByAddress(address)), Section.ANSWER);
        }
        return answer;
    }

    void set(Mood to) {
        mood = to;
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
