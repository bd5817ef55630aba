package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
@Timeout(20)
class ProcFsTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final long US = ProcessHandle.current().pid();

    @Test
    void whoever_listens_on_a_port_is_found() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, HERE)) {
            InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
            ProcFs.Holder holder = ProcFs.listener(address, Transport.TCP).orElseThrow();
            assertThat(holder.pid()).isEqualTo(US);
            assertThat(holder.toString()).isEqualTo("java (pid " + US + ")");
            assertThat(ProcFs.listener(address, Transport.UDP)).isEmpty();
            assertThat(ProcFs.listeningUser(address).map(Object.class::cast))
                    .contains(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        }
    }

    @Test
    void the_same_port_of_another_address_is_not_meant() throws IOException {
        InetAddress other = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
        InetAddress all = InetAddress.getByAddress(new byte[4]);
        try (ServerSocket server = new ServerSocket(0, 1, HERE);
                ServerSocket wide = new ServerSocket(0, 1, all)) {
            int port = server.getLocalPort();
            assertThat(ProcFs.listener(new InetSocketAddress(other, port), Transport.TCP))
                    .isEmpty();
            assertThat(ProcFs.listener(new InetSocketAddress(all, port), Transport.TCP))
                    .isPresent();
            assertThat(ProcFs.listener(new InetSocketAddress(other, wide.getLocalPort()), Transport.TCP))
                    .isPresent();
        }
    }

    @Test
    void a_udp_port_has_a_holder_too() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, HERE)) {
            InetSocketAddress address = new InetSocketAddress(HERE, socket.getLocalPort());
            assertThat(ProcFs.listener(address, Transport.UDP))
                    .map(ProcFs.Holder::pid)
                    .contains(US);
        }
    }

    @Test
    void a_port_that_nobody_holds_has_no_holder() throws IOException {
        int port;
        try (ServerSocket server = new ServerSocket(0, 1, HERE)) {
            port = server.getLocalPort();
        }
        assertThat(ProcFs.listener(new InetSocketAddress(HERE, port), Transport.TCP))
                .isEmpty();
    }

    @Test
    void the_program_of_a_client_is_found_by_its_port() throws Exception {
        EventLoopGroup loops = Sockets.loops(1);
        try (ServerSocket server = new ServerSocket(0, 1, HERE);
                Socket client = new Socket(HERE, server.getLocalPort())) {
            assertThat(program(loops, (InetSocketAddress) client.getLocalSocketAddress()))
                    .isEqualTo("java");
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        }
    }

    /** A gateway gets what its own programs send by the address that they send from. */
    @Test
    void a_client_by_another_address_of_this_machine_is_found_too() throws Exception {
        InetAddress here = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .findFirst()
                .orElse(HERE);
        EventLoopGroup loops = Sockets.loops(1);
        try (ServerSocket server = new ServerSocket(0, 1, here);
                Socket client = new Socket(here, server.getLocalPort())) {
            assertThat(program(loops, (InetSocketAddress) client.getLocalSocketAddress()))
                    .isEqualTo("java");
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        }
    }

    @Test
    void clients_of_other_machines_have_no_program() throws Exception {
        EventLoopGroup loops = Sockets.loops(1);
        try {
            InetAddress other = InetAddress.getByAddress(new byte[] {(byte) 192, (byte) 168, 1, 2});
            assertThat(program(loops, new InetSocketAddress(other, 22))).isEmpty();
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        }
    }

    private static String program(EventLoopGroup loops, InetSocketAddress source) throws Exception {
        Flow flow = new Flow(1, Transport.TCP, "in", source, Destination.parse("a.test:1"), Optional.empty());
        return new ProcFs().find(flow, loops.next()).get(10, TimeUnit.SECONDS);
    }
}
