package dev.fenliu.tunnel.hysteria2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.tunnel.Loopback;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HoppingTest {
    private final Loopback here = new Loopback();
    private final Hysteria2Ends ends = new Hysteria2Ends(here);
    private final Set<Integer> used = ConcurrentHashMap.newKeySet();
    private final List<DatagramSocket> sockets = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        sockets.forEach(DatagramSocket::close);
        ends.close();
    }

    @Test
    void ports_are_numbers_and_ranges() {
        assertThat(Hopping.ports("443, 5000-6000")).hasToString("[Range[from=443, to=443], Range[from=5000, to=6000]]");
        for (String bad : new String[] {"", "0", "443,", "6000-5000", "1-65536", "a", "1,".repeat(1000) + "1"}) {
            assertThatThrownBy(() -> Hopping.ports(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void every_port_is_picked_and_no_other() {
        Hopping hopping = new Hopping(Hopping.ports("7,20-22"), Duration.ofSeconds(5));
        Random random = new Random(1);
        Set<Integer> picked = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 200; i++) {
            picked.add(hopping.pick(random));
        }
        assertThat(picked).containsExactlyInAnyOrder(7, 20, 21, 22);
    }

    /** What a firewall's redirection does, but that the server sees another address by each port. */
    private int redirect(int server) throws Exception {
        DatagramSocket outside = new DatagramSocket(new InetSocketAddress(Loopback.LOCAL, 0));
        sockets.add(outside);
        Loopback.thread(() -> {
            byte[] bytes = new byte[65_535];
            SocketAddress client = null;
            try {
                while (true) {
                    DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
                    outside.receive(packet);
                    boolean answer = packet.getPort() == server;
                    if (!answer) {
                        client = packet.getSocketAddress();
                        used.add(outside.getLocalPort());
                    }
                    SocketAddress to = answer ? client : new InetSocketAddress(Loopback.LOCAL, server);
                    if (to != null) {
                        outside.send(new DatagramPacket(bytes, packet.getLength(), to));
                    }
                }
            } catch (SocketException e) {
                // closed
            }
        });
        return outside.getLocalPort();
    }

    private void flowsGoOn(Optional<Secret> obfs) throws Exception {
        int server = Hysteria2Ends.port(ends.server(0, java.util.Map.of(), obfs, Optional.empty()));
        String ports = redirect(server) + "," + redirect(server) + "," + redirect(server);
        Hysteria2Options options = new Hysteria2Options(
                Loopback.local(1),
                new Secret(Hysteria2Ends.PASSWORD),
                obfs,
                Hysteria2Ends.tls(),
                Optional.of(new Hopping(Hopping.ports(ports), Duration.ofMillis(300))));
        Destination origin = Loopback.local(here.origin(Loopback::echo));
        byte[] block = new byte[40_000];
        new Random(2).nextBytes(block);
        try (Socket socket = new Socket(Loopback.LOCAL, here.forward(ends.client(options), origin))) {
            while (used.size() < 3) {
                socket.getOutputStream().write(block);
                assertThat(socket.getInputStream().readNBytes(block.length)).isEqualTo(block);
            }
            socket.getOutputStream().write(block);
            assertThat(socket.getInputStream().readNBytes(block.length)).isEqualTo(block);
        }
        assertThat(here.served.flows).hasSize(1);
    }

    @Test
    void a_flow_goes_on_while_the_port_changes() throws Exception {
        flowsGoOn(Optional.empty());
    }

    @Test
    void and_so_it_does_through_salamander() throws Exception {
        flowsGoOn(Optional.of(new Secret("salam4nder")));
    }
}
