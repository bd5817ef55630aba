package dev.fenliu.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What is sent to an echo through somebody's program and ours, and has to come back. */
final class Traffic {
    /** For what differs from a bulk transfer in a cipher alone. */
    static final int SOME = 64 << 20;

    /** For each pair of programs. */
    static final int BULK = 1 << 30;

    private Traffic() {}

    /** Compares as it reads, and ends its side only then: trojan and shadowsocks-libev take one end for both. */
    static void echoed(Socket connected, int length) throws IOException {
        try (Socket socket = connected) {
            send(socket, length);
            expect(socket, length);
        }
    }

    /**
     * Ends its side before the answer of {@link #answerSoon} comes: V2Ray tells no origin that its client has ended, and
     * drops the flow when nothing comes for a second.
     */
    static void halfClose(Socket connected) throws IOException {
        try (Socket socket = connected) {
            socket.getOutputStream().write(new byte[100_000]);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("answer to 100000");
        }
    }

    /** Answers to 100000 bytes, after a moment in which an end of the client could do its damage. */
    static void answerSoon(InputStream in, OutputStream out, Socket socket) throws Exception {
        int count = in.readNBytes(100_000).length;
        Thread.sleep(200);
        out.write(("answer to " + count).getBytes(US_ASCII));
    }

    /** Starts to send whole mebibytes, all the same. */
    static void send(Socket socket, int length) {
        Loopback.thread(() -> {
            OutputStream out = socket.getOutputStream();
            byte[] block = block();
            for (int sent = 0; sent < length; sent += block.length) {
                out.write(block);
            }
        });
    }

    /** Receives what {@link #send} sends. */
    static void expect(Socket socket, int length) throws IOException {
        socket.setSoTimeout(30_000);
        InputStream in = socket.getInputStream();
        byte[] block = block();
        byte[] back = new byte[block.length];
        for (int received = 0; received < length; received += block.length) {
            in.readNBytes(back, 0, back.length);
            assertThat(Arrays.equals(back, block)).as("block at %d", received).isTrue();
        }
    }

    private static byte[] block() {
        byte[] block = new byte[1 << 20];
        new Random(2).nextBytes(block);
        return block;
    }

    /** Two hundred connections at once. */
    static void crowd(Callable<Socket> connector) throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                Socket socket = connector.call();
                sockets.add(socket);
                socket.setSoTimeout(30_000);
                socket.getOutputStream().write(("flow " + (1000 + i)).getBytes(US_ASCII));
            }
            for (int i = 0; i < sockets.size(); i++) {
                byte[] back = sockets.get(i).getInputStream().readNBytes(9);
                assertThat(back).asString(US_ASCII).isEqualTo("flow " + (1000 + i));
            }
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Datagrams to two echoes by turns over one tunnel. */
    static void datagrams(Outbound client, Loopback here) throws Exception {
        Destination one = Loopback.local(here.datagramEcho());
        datagrams(client, here, one, Loopback.local(here.datagramEcho()), one);
    }

    /** The same to these echoes. */
    static void datagrams(Outbound client, Loopback here, Destination... echoes) throws Exception {
        EventLoop loop = here.loops().next();
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        PacketSink sink = new PacketSink() {
            @Override
            public void receive(Destination from, ByteBuf payload) {
                answers.add(from + " " + payload.toString(US_ASCII));
                payload.release();
            }

            @Override
            public void closed(Failure why) {
                answers.add(why.text());
            }
        };
        PacketTunnel tunnel = loop.submit(() -> client.openPackets(Dial.own(echoes[0], loop), sink))
                .get()
                .get();
        for (Destination to : echoes) {
            loop.submit(() -> tunnel.send(to, Unpooled.copiedBuffer("x".repeat(1300), US_ASCII)));
            assertThat(answers.poll(10, TimeUnit.SECONDS)).isEqualTo(to + " " + "x".repeat(1300));
        }
        loop.submit(tunnel::close).get();
    }

    /** Asks an echo behind a local port; datagrams may be lost while the program warms up. */
    static void ask(int port) throws Exception {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(1000);
            byte[] question = "x".repeat(1300).getBytes(US_ASCII);
            DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            for (int attempt = 0; ; attempt++) {
                socket.send(new DatagramPacket(question, question.length, Loopback.LOCAL, port));
                try {
                    socket.receive(answer);
                    break;
                } catch (SocketTimeoutException e) {
                    assertThat(attempt).isLessThan(10);
                }
            }
            assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(question);
        }
    }

    /** A connection to a port of this machine through a SOCKS port. */
    static Socket throughSocks(int proxy, int destination) throws IOException {
        Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(Loopback.LOCAL, proxy)));
        socket.connect(new InetSocketAddress(Loopback.LOCAL, destination));
        return socket;
    }
}
