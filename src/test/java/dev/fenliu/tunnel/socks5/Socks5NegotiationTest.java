package dev.fenliu.tunnel.socks5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Negotiation;
import dev.fenliu.net.Rehearsal;
import dev.fenliu.outbound.Login;
import io.netty.buffer.Unpooled;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Socks5NegotiationTest {
    private static final Optional<Login> ANNA = Optional.of(new Login("anna", new Secret("s3cret")));
    private static final Destination NAME = Destination.parse("a.example:443");

    private static Rehearsal plain(String server) {
        return Rehearsal.of(() -> Socks5Negotiation.connect(NAME, Optional.empty()), server);
    }

    private static Rehearsal anna(String server) {
        return Rehearsal.of(() -> Socks5Negotiation.connect(NAME, ANNA), server);
    }

    @Test
    void connects_by_name_without_login_and_leaves_the_payload() {
        Rehearsal it = plain("0500 050000 01 7f000001 1f90 aabb");
        assertThat(it.stage()).isEqualTo(Negotiation.Stage.DONE);
        assertThat(it.said()).isEqualTo("050100" + "050100" + "03" + "09" + "612e6578616d706c65" + "01bb");
        assertThat(it.left()).isEqualTo("aabb");
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.1:80, 05010001c00002010050", "[2001:db8::1]:80, 0501000420010db80000000000000000000000010050"})
    void addresses_go_as_addresses(String to, String request) {
        Rehearsal it = Rehearsal.of(
                () -> Socks5Negotiation.connect(Destination.parse(to), Optional.empty()), "0500 0500000100000000 0000");
        assertThat(it.said()).isEqualTo("050100" + request);
        assertThat(it.stage()).isEqualTo(Negotiation.Stage.DONE);
    }

    @Test
    void logs_in_when_the_server_wants_it() {
        Rehearsal it = anna("0502 0100 050000 04 00000000000000000000000000000000 0000 01");
        assertThat(it.said())
                .startsWith("05020002" + "01" + "04616e6e61" + "06733363726574" + "050100")
                .doesNotContain("0100616e6e61");
        assertThat(it.stage()).isEqualTo(Negotiation.Stage.DONE);
        assertThat(it.left()).isEqualTo("01");
    }

    @Test
    void does_not_log_in_when_the_server_does_not_want_it() {
        assertThat(anna("0500 050000 03 02 6161 0000").said()).doesNotContain("616e6e61");
    }

    @Test
    void a_verdict_may_carry_the_wrong_version() {
        assertThat(anna("0502 0500 050000 01 00000000 0000").stage()).isEqualTo(Negotiation.Stage.DONE);
    }

    @ParameterizedTest
    @CsvSource({
        "05ff, TUNNEL_PROTOCOL, asks for a user name and password",
        "0502, TUNNEL_PROTOCOL, asks for a user name and password",
        "0501, TUNNEL_PROTOCOL, not offered",
        "0400, TUNNEL_PROTOCOL, does not speak SOCKS 5",
        "4854, TUNNEL_PROTOCOL, does not speak SOCKS 5",
        "0500 04000001, TUNNEL_PROTOCOL, does not speak SOCKS 5",
        "0500 05000005, TUNNEL_PROTOCOL, unknown type of address",
        "0500 0501, HOST_UNREACHABLE, a.example:443: the upstream reports a general failure",
        "0500 0502, FORBIDDEN, refused by the upstream's rules",
        "0500 0503, NETWORK_UNREACHABLE, network unreachable",
        "0500 0504, HOST_UNREACHABLE, host unreachable",
        "0500 0505, REFUSED, connection refused",
        "0500 0506, TIMEOUT, no answer in time",
        "0500 0507, UNSUPPORTED, not offered",
        "0500 0508, UNSUPPORTED, type of address",
        "0500 05fe, TUNNEL_PROTOCOL, unknown code 254",
    })
    void refusals_have_a_kind_and_words(String server, Failure.Kind kind, String text) {
        Rehearsal it = plain(server);
        assertThat(it.kind()).isEqualTo(kind);
        assertThat(it.by()).isEqualTo(Ender.UPSTREAM);
        assertThat(it.text()).contains(text);
    }

    @Test
    void a_refused_login_is_said_without_the_password() {
        for (String server : new String[] {"0502 0101", "05ff"}) {
            Rehearsal it = anna(server);
            assertThat(it.kind()).isEqualTo(Failure.Kind.TUNNEL_PROTOCOL);
            assertThat(it.text()).contains("password").doesNotContain("s3cret").doesNotContain("anna");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "05", "0500", "0500 05", "0500 0500", "0500 050000", "0500 050000 03", "0500 050000 03 05 61"
            })
    void waits_for_the_rest(String server) {
        Rehearsal it = plain(server);
        assertThat(it.failure()).isNull();
        assertThat(it.stage()).isEqualTo(server.length() < 4 ? Negotiation.Stage.GREETING : Negotiation.Stage.ASKING);
    }

    @Test
    void what_an_end_of_the_connection_means_depends_on_the_stage() throws Failure {
        Socks5Negotiation it = Socks5Negotiation.connect(NAME, Optional.empty());
        it.begin(Unpooled.buffer());
        assertThat(it.ended().kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
        it.proceed(Unpooled.copyShort(0x0500), Unpooled.buffer());
        assertThat(it.ended().kind()).isEqualTo(Failure.Kind.HOST_UNREACHABLE);
        assertThat(it.ended().text()).contains("a.example:443");
    }

    @ParameterizedTest
    @CsvSource({
        "050000 01 c0000207 1389, 192.0.2.7:5001",
        "050000 01 00000000 1389, proxy.example:5001",
        "050000 04 00000000000000000000000000000000 1389, proxy.example:5001",
        "050000 03 07 722e6c6f63616c 1389, r.local:5001",
    })
    void the_relay_of_an_association_is_where_the_server_says(String reply, String relay) throws Failure {
        Destination server = Destination.parse("proxy.example:1080");
        Socks5Negotiation[] made = new Socks5Negotiation[1];
        Rehearsal it =
                Rehearsal.of(() -> made[0] = Socks5Negotiation.associate(server, Optional.empty()), "0500" + reply);
        assertThat(it.said()).isEqualTo("050100" + "05030001" + "00000000" + "0000");
        assertThat(it.stage()).isEqualTo(Negotiation.Stage.DONE);
        assertThat(made[0].relay(server)).hasToString(relay);
    }

    @ParameterizedTest
    @ValueSource(strings = {"050000 01 c0000207 0000", "050000 03 02 2e2e 1389", "050000 03 00 1389"})
    void a_relay_that_cannot_be_sent_to_is_an_error(String reply) {
        Socks5Negotiation[] made = new Socks5Negotiation[1];
        Rehearsal.of(() -> made[0] = Socks5Negotiation.associate(NAME, Optional.empty()), "0500" + reply);
        assertThatThrownBy(() -> made[0].relay(NAME))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("no usable");
    }

    @Test
    void random_bytes_throw_nothing_but_failures() {
        Random random = new Random(5);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(12)];
            random.nextBytes(bytes);
            if (bytes.length > 2 && random.nextBoolean()) {
                bytes[0] = 5;
                bytes[1] = (byte) (random.nextInt(2) * 2);
            }
            Rehearsal.of(() -> Socks5Negotiation.connect(NAME, ANNA), bytes);
        }
    }
}
