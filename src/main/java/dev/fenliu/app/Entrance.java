package dev.fenliu.app;

import dev.fenliu.model.Addresses;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A way by which a program of the user asks the proxy for a host, and gets what the origin says: from where it was asked. */
enum Entrance {
    SOCKS("SOCKS 5") {
        @Override
        String ask(Ports ports, String host) throws IOException {
            try (Socket stream = stream(ports, host)) {
                return line(stream);
            }
        }
    },
    CONNECT("HTTP CONNECT") {
        @Override
        String ask(Ports ports, String host) throws IOException {
            String target = host + ":" + ports.origin();
            try (Socket proxy = dial(ports)) {
                write(proxy, "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
                String head = upTo(proxy, "\r\n\r\n");
                if (!head.startsWith("HTTP/1.1 200 ")) {
                    throw new IOException(head);
                }
                return line(proxy);
            }
        }
    },
    REQUEST("plain HTTP") {
        @Override
        String ask(Ports ports, String host) throws IOException {
            String target = host + ":" + ports.origin();
            try (Socket proxy = dial(ports)) {
                write(
                        proxy,
                        "GET http://" + target + "/ HTTP/1.1\r\nHost: " + target + "\r\nConnection: close\r\n\r\n");
                String page = new String(proxy.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (!page.startsWith("HTTP/1.1 200 ")) {
                    throw new IOException(page);
                }
                return page.strip().substring(page.indexOf("\r\n\r\n") + 4);
            }
        }
    },
    DATAGRAM("UDP by SOCKS 5") {
        @Override
        String ask(Ports ports, String host) throws IOException {
            try (Socket control = dial(ports);
                    DatagramSocket socket = new DatagramSocket(0, HERE)) {
                write(control, "\5\1\0\5\3\0\1\0\0\0\0\0\0");
                byte[] reply = new byte[12];
                new DataInputStream(control.getInputStream()).readFully(reply);
                int relay = ByteBuffer.wrap(reply).getShort(10) & 0xffff;
                ByteBuffer datagram = ByteBuffer.allocate(7 + host.length() + 5)
                        .put(new byte[] {0, 0, 0, 3, (byte) host.length()})
                        .put(host.getBytes(StandardCharsets.US_ASCII))
                        .putShort((short) ports.datagrams())
                        .put("hello".getBytes(StandardCharsets.US_ASCII));
                String text = new String(exchange(socket, relay, datagram.array()), StandardCharsets.ISO_8859_1);
                return text.substring(text.indexOf("from "));
            }
        }
    },
    QUERY("a DNS query") {
        @Override
        String ask(Ports ports, String host) throws IOException {
            Name name = Name.fromString(host + ".");
            Message query = Message.newQuery(Record.newRecord(name, Type.A, DClass.IN));
            try (DatagramSocket socket = new DatagramSocket(0, HERE)) {
                Message answer = new Message(exchange(socket, ports.names(), query.toWire()));
                if (answer.getRcode() != Rcode.NOERROR
                        || answer.getSection(Section.ANSWER).isEmpty()) {
                    throw new IOException(Rcode.string(answer.getRcode()));
                }
                return answer.getSection(Section.ANSWER).get(0).rdataToString();
            }
        }
    };

    /** Where the proxy listens and, beyond it, the origin. */
    record Ports(int proxy, int names, int origin, int datagrams) {}

    private static final InetAddress HERE = Addresses.of(new byte[] {127, 0, 0, 1});

    /** In which a refusal must be told, with some for a slow machine. */
    private static final int PATIENCE_MILLIS = 5_000;

    /** Datagrams that are refused come to nothing. */
    private static final int DATAGRAM_MILLIS = 3_000;

    private final String words;

    Entrance(String words) {
        this.words = words;
    }

    /** What the host's origin answers. @throws IOException if the proxy refuses, or says nothing for a time */
    abstract String ask(Ports ports, String host) throws IOException;

    /** A stream to the host's origin, which stays. */
    static Socket stream(Ports ports, String host) throws IOException {
        Socket proxy = dial(ports);
        try {
            OutputStream out = proxy.getOutputStream();
            out.write(ByteBuffer.allocate(10 + host.length())
                    .put(new byte[] {5, 1, 0, 5, 1, 0, 3, (byte) host.length()})
                    .put(host.getBytes(StandardCharsets.US_ASCII))
                    .putShort((short) ports.origin())
                    .array());
            byte[] reply = new byte[12];
            new DataInputStream(proxy.getInputStream()).readFully(reply);
            if (reply[3] != 0) {
                throw new IOException("SOCKS reply " + reply[3]);
            }
            return proxy;
        } catch (IOException e) {
            proxy.close();
            throw e;
        }
    }

    /** Says something to the origin, and what it answers. */
    static String line(Socket stream) throws IOException {
        write(stream, "hello\n");
        return upTo(stream, "\n").strip();
    }

    private static Socket dial(Ports ports) throws IOException {
        Socket socket = new Socket(HERE, ports.proxy());
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String upTo(Socket socket, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new EOFException("closed after \"" + text + "\"");
            }
            text.append((char) next);
        }
        return text.toString();
    }

    private static byte[] exchange(DatagramSocket socket, int port, byte[] sent) throws IOException {
        socket.setSoTimeout(DATAGRAM_MILLIS);
        socket.send(new DatagramPacket(sent, sent.length, HERE, port));
        DatagramPacket reply = new DatagramPacket(new byte[4_096], 4_096);
        socket.receive(reply);
        return Arrays.copyOf(reply.getData(), reply.getLength());
    }

    @Override
    public String toString() {
        return words;
    }
}
