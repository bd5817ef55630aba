package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortUnreachableTest {
    /** Reckoned by a program of its own; the systems of clients believe them in the tests of the gateway. */
    @ParameterizedTest
    @CsvSource({
        "192.168.77.2, 198.51.100.4, 4500003800000000400142e3c6336404c0a84d02"
                + "03035ef900000000"
                + "4500001c00000000401142efc0a84d02c6336404"
                + "9c4001bb00080000",
        "2001:db8:77::2, 2001:db8:100::4, 6000000000383a4020010db801000000000000000000000420010db8007700000000000000000002"
                + "0104355f00000000"
                + "600000000008114020010db800770000000000000000000220010db8010000000000000000000004"
                + "9c4001bb00080000",
    })
    void a_message_comes_from_who_was_asked_and_quotes_the_datagram(String client, String asked, String message) {
        byte[] made = PortUnreachable.message(
                new InetSocketAddress(Addresses.parse(client), 40000),
                new InetSocketAddress(Addresses.parse(asked), 443));
        assertThat(HexFormat.of().formatHex(made)).isEqualTo(message);
    }
}
