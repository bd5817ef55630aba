package dev.fenliu.tunnel.hysteria2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Flow;
import dev.fenliu.model.Transport;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.Loopback;
import dev.fenliu.tunnel.https2.Https2Ends;
import dev.fenliu.tunnel.shadowsocks.ShadowsocksEnds;
import dev.fenliu.tunnel.trojan.TrojanEnds;
import java.net.Socket;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** QUIC whose packets are the datagrams of another tunnel. */
@Timeout(30)
class Hysteria2ViaTest {
    private final Loopback here = new Loopback();
    private final Hysteria2Ends ends = new Hysteria2Ends(here);

    @AfterEach
    void close() throws Exception {
        ends.close();
    }

    /** The client end of a tunnel whose server end is here, named after its type or its cipher. */
    private Outbound outer(String kind) throws Exception {
        return switch (kind) {
            case "https2" -> {
                Https2Ends both = new Https2Ends(here);
                yield both.client(both.server(Optional.empty()));
            }
            case "trojan" -> {
                TrojanEnds both = new TrojanEnds(here);
                yield both.client(both.server(Optional.empty()));
            }
            default -> {
                ShadowsocksEnds both = new ShadowsocksEnds(here);
                yield both.client(kind, both.server(kind));
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"aes-128-gcm", "2022-blake3-aes-128-gcm", "https2", "trojan"})
    void a_flow_goes_through_both(String outer) throws Exception {
        Outbound client = ends.chained(ends.server(), outer(outer));
        byte[] block = new byte[1 << 20];
        new Random(3).nextBytes(block);
        int port = here.forward(client, Loopback.local(here.origin(Loopback::echo)));
        try (Socket socket = new Socket(Loopback.LOCAL, port)) {
            Loopback.thread(() -> {
                socket.getOutputStream().write(block);
                socket.shutdownOutput();
            });
            assertThat(Arrays.equals(socket.getInputStream().readAllBytes(), block))
                    .isTrue();
        }
        assertThat(here.served.flows).extracting(Flow::transport).containsExactly(Transport.TCP);
        assertThat(here.served.associations).hasSize(1);
    }
}
