package dev.fenliu.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.e2e.DevTools;
import dev.fenliu.model.Host;
import dev.fenliu.sniff.Sniffed;
import dev.fenliu.sniff.Sniffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The first datagrams of QUIC clients that nobody here wrote. */
@Tag("program")
@Timeout(120)
class QuicInteropTest {
    private static final String NAME = "chat.quic.test";

    @TempDir
    private Path folder;

    /** Its key share of two kinds makes the hello too long for one datagram, and it shuffles what is in them. */
    @Test
    void chromium_names_its_server_in_the_datagrams_of_its_hello() throws Exception {
        try (Programs programs = new Programs(folder);
                DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            socket.setSoTimeout(60_000);
            int port = socket.getLocalPort();
            List<String> chromium = DevTools.chromium(
                    folder.resolve("profile"),
                    "--no-proxy-server",
                    "--enable-quic",
                    "--origin-to-force-quic-on=" + NAME + ":" + port,
                    "--host-resolver-rules=MAP " + NAME + ":" + port + " 127.0.0.1:" + port + ", MAP * ~NOTFOUND",
                    "--dump-dom",
                    "https://" + NAME + ":" + port + "/");
            programs.start(chromium.toArray(String[]::new));
            assertThat(named(socket)).isEqualTo(new Host.Name(NAME));
        }
    }

    /** The name of the first client whose datagrams have told all; no answer is given. */
    private static Host.Name named(DatagramSocket socket) throws Exception {
        Map<SocketAddress, List<ByteBuf>> clients = new HashMap<>();
        while (true) {
            DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
            socket.receive(packet);
            List<ByteBuf> first = clients.computeIfAbsent(packet.getSocketAddress(), from -> new ArrayList<>());
            first.add(Unpooled.wrappedBuffer(packet.getData(), 0, packet.getLength()));
            Sniffed seen = Sniffer.sniff(first);
            assertThat(seen.protocol()).contains("quic");
            assertThat(first).as("datagrams that tell nothing").hasSizeLessThanOrEqualTo(3);
            if (seen.state() == Sniffed.State.DONE) {
                return seen.name().orElseThrow();
            }
        }
    }
}
