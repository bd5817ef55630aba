package dev.fenliu.tunnel.socks5;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.net.NegotiationFuzz;
import dev.fenliu.net.SocksAddress;
import dev.fenliu.outbound.Login;
import java.util.Optional;

class Socks5NegotiationFuzzTest {
    private static final Destination NAME = Destination.parse("a.example:443");
    private static final Optional<Login> ANNA = Optional.of(new Login("anna", new Secret("s3cret")));
    private static final int MOST = 3 + SocksAddress.MAX_BYTES;

    @FuzzTest
    void a_server_is_understood_the_same_however_its_bytes_are_cut(byte[] input) {
        NegotiationFuzz.same(() -> Socks5Negotiation.connect(NAME, Optional.empty()), input, MOST);
        NegotiationFuzz.same(() -> Socks5Negotiation.connect(NAME, ANNA), input, MOST);
        NegotiationFuzz.same(() -> Socks5Negotiation.associate(NAME, ANNA), input, MOST);
    }
}
