package dev.fenliu.tunnel.http;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fenliu.model.Destination;
import dev.fenliu.net.NegotiationFuzz;
import java.util.Optional;

class ConnectNegotiationFuzzTest {
    private static final Destination NAME = Destination.parse("a.example:443");

    @FuzzTest
    void a_proxy_is_understood_the_same_however_its_bytes_are_cut(byte[] input) {
        NegotiationFuzz.same(() -> new ConnectNegotiation(NAME, Optional.empty()), input, ResponseHead.MAX);
    }
}
