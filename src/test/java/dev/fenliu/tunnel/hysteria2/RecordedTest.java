package dev.fenliu.tunnel.hysteria2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.Http3Headers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What hysteria's own program has sent to our ends, client and server, at commit cb70589 of 2026-08-20: headers, and bytes
 * as they came out of QUIC; a packet as it came from the network.
 */
class RecordedTest {
    private static final String DATAGRAM = "6800d8e7046a09b93b5aaeafe0cf63c94af339c4";

    @Test
    void its_client_shows_its_password() {
        Http3Headers request = headers("auth-request");
        assertThat(Authentication.password(request)).isEqualTo("secretpw");
        assertThat(Authentication.password(headers("auth-request").path("/"))).isNull();
        assertThat(Authentication.password(headers("auth-request").method("GET")))
                .isNull();
    }

    @Test
    void its_server_takes_us_and_carries_datagrams() {
        Http3Headers response = headers("auth-response");
        assertThat(Authentication.accepted(response)).isTrue();
        assertThat(Authentication.carriesUdp(response)).isTrue();
        assertThat(Authentication.accepted(headers("auth-response").status("200")))
                .isFalse();
    }

    @Test
    void its_client_asks_for_a_flow() {
        ByteBuf in = bytes("tcp-request", 0);
        TcpRequest request = TcpRequest.decode(in);
        assertThat(request.destination().host()).isEqualTo(Host.parse("127.0.0.1"));
        assertThat(in.isReadable()).isFalse();
    }

    @Test
    void its_server_agrees_or_refuses() {
        assertThat(TcpResponse.decode(bytes("tcp-response", 0))).isEqualTo(new TcpResponse(true, "Connected"));
        TcpResponse refusal = TcpResponse.decode(bytes("tcp-refusal", 0));
        assertThat(refusal.ok()).isFalse();
        Failure failure = Refusals.failure(dev.fenliu.model.Destination.parse("a.test:1"), refusal.message());
        assertThat(failure.kind()).isEqualTo(Failure.Kind.REFUSED);
    }

    @Test
    void datagrams_of_both_ends_are_read_whole_and_in_pieces() {
        for (String from : List.of("udp-to-server", "udp-to-client")) {
            Reassembly reassembly = new Reassembly();
            ByteBuf small = reassembly.add(UdpMessage.decode(bytes(from, 0)));
            assertThat(ByteBufUtil.hexDump(small)).isEqualTo(DATAGRAM);
            small.release();
            UdpMessage piece = UdpMessage.decode(bytes(from, 1));
            assertThat(piece.peer().host()).isEqualTo(Host.parse("127.0.0.1"));
            assertThat(reassembly.add(piece)).isNull();
            ByteBuf large = reassembly.add(UdpMessage.decode(bytes(from, 2)));
            assertThat(large.readableBytes()).isEqualTo(1500);
            large.release();
        }
    }

    @Test
    void its_first_packet_behind_salamander_is_one_of_quic() {
        ByteBuf packet = bytes("salamander-initial", 0);
        assertThat(new Salamander(new Secret("salam4nder")).open(packet)).isTrue();
        assertThat(packet.readUnsignedByte() & 0xf0).isEqualTo(0xc0); // an Initial (RFC 9000 section 17.2.2)
        assertThat(packet.readInt()).isEqualTo(1);
    }

    private static Http3Headers headers(String kind) {
        Http3Headers headers = new DefaultHttp3Headers();
        for (String field : line(kind, 0).split(", (?=[:a-z-]+: )", -1)) {
            int colon = field.indexOf(": ");
            headers.add(field.substring(0, colon), field.substring(colon + 2));
        }
        return headers;
    }

    private static ByteBuf bytes(String kind, int number) {
        return Unpooled.buffer().writeBytes(ByteBufUtil.decodeHexDump(line(kind, number)));
    }

    private static String line(String kind, int number) {
        try (InputStream in = RecordedTest.class.getResourceAsStream("/hysteria2/recorded.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> line.startsWith(kind + "\t"))
                    .skip(number)
                    .findFirst()
                    .orElseThrow()
                    .substring(kind.length() + 1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
