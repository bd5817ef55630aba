package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.config.YamlReader;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.model.Destination;
import dev.fenliu.tunnel.Loopback;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShadowsocksTypeTest {
    private final Problems problems = new Problems();

    @ParameterizedTest
    @CsvSource({"aes-128-gcm, AES_128_GCM", "aes-256-gcm, AES_256_GCM", "chacha20-ietf-poly1305, CHACHA20_POLY1305"})
    void an_outbound_has_server_method_and_password(String text, Method method) {
        assertThat(outbound("{server: \"vps.example:8388\", method: " + text + ", password: swordfish}"))
                .isEqualTo(
                        new ShadowsocksOptions(Destination.parse("vps.example:8388"), method, new Secret("swordfish")));
        assertThat(problems.all()).isEmpty();
    }

    @Test
    void the_password_is_not_shown() {
        assertThat(outbound("{server: \"vps.example:8388\", method: aes-128-gcm, password: swordfish}")
                        .toString())
                .doesNotContain("swordfish");
    }

    @Test
    void all_three_keys_are_required() {
        assertThat(outbound("{}")).isNull();
        assertThat(problems.all()).extracting(Problem::message).hasSize(3).allMatch(text -> text.contains("needs"));
    }

    @Test
    void a_2022_method_takes_keys_in_base64_with_colons_between_them() {
        assertThat(outbound("{server: \"a.example:1\", method: 2022-blake3-aes-128-gcm,"
                        + " password: \"MDEyMzQ1Njc4OWFiY2RlZg==:ZmVkY2JhOTg3NjU0MzIxMA==\"}"))
                .isNotNull();
        assertThat(problems.all()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "swordfish!, is no Base64",
        "c3dvcmRmaXNo, is 9",
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=, is 32",
        "MDEyMzQ1Njc4OWFiY2RlZg==:, is 0",
        "MDEyMzQ1Njc4OWFiY2RlZg==:c3dvcmRmaXNo, is 9"
    })
    void a_key_of_another_length_is_an_error_with_a_way_to_make_one(String key, String flaw) {
        assertThat(outbound("{server: \"a.example:1\", method: 2022-blake3-aes-128-gcm, password: \"" + key + "\"}"))
                .isNull();
        assertThat(problems.all()).singleElement().satisfies(problem -> {
            assertThat(problem.message())
                    .isEqualTo("\"password\": a key of 2022-blake3-aes-128-gcm is 16 random bytes in Base64, and this "
                            + flaw);
            assertThat(problem.hint()).isEqualTo("a new one for both ends: openssl rand -base64 16");
            assertThat(problem.position().column()).isEqualTo(68);
        });
    }

    @Test
    void an_optional_2022_method_is_said_to_be_one() {
        assertThat(outbound("{server: \"a.example:1\", password: x, method: 2022-blake3-chacha20-poly1305}"))
                .isNull();
        assertThat(problems.all())
                .singleElement()
                .extracting(Problem::message)
                .asString()
                .contains("is an optional method of Shadowsocks 2022");
    }

    @Test
    void users_of_a_2022_listener_have_keys_of_their_own() {
        String good =
                "{method: 2022-blake3-aes-128-gcm, password: \"MDEyMzQ1Njc4OWFiY2RlZg==\", users: {anna: \"%s\"}}";
        assertThat(listener(good.formatted("ZmVkY2JhOTg3NjU0MzIxMA=="), "anna", "ZmVkY2JhOTg3NjU0MzIxMA=="))
                .isNotNull();
        assertThat(problems.all()).isEmpty();
        listener(good.formatted("swordfish"), "anna", "swordfish");
        listener(good.formatted("MDEyMzQ1Njc4OWFiY2RlZg=="), "anna", "MDEyMzQ1Njc4OWFiY2RlZg==");
        assertThat(problems.all())
                .extracting(Problem::message)
                .anyMatch(text -> text.startsWith("user \"anna\": a key of 2022-blake3-aes-128-gcm is 16 random bytes"))
                .anyMatch(text -> text.contains("or one has the server's"))
                .noneMatch(text -> text.contains("swordfish"))
                .hasSize(2);
    }

    @Test
    void a_2022_listener_has_one_key_of_its_own() {
        assertThat(listener("{method: 2022-blake3-aes-128-gcm,"
                        + " password: \"MDEyMzQ1Njc4OWFiY2RlZg==:ZmVkY2JhOTg3NjU0MzIxMA==\"}"))
                .isNull();
        assertThat(problems.all())
                .singleElement()
                .extracting(Problem::message)
                .asString()
                .contains("for the client's end");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rc4-md5", "aes-256-cfb", "aes-128-ctr", "chacha20-ietf", "camellia-256-cfb", "none"})
    void a_method_that_does_not_authenticate_is_refused_with_the_reason(String method) {
        assertThat(outbound("{server: \"a.example:1\", password: x, method: " + method + "}"))
                .isNull();
        assertThat(problems.all())
                .singleElement()
                .extracting(Problem::message)
                .asString()
                .contains("does not authenticate");
    }

    @Test
    void a_misspelt_method_gets_the_nearest() {
        assertThat(outbound("{server: \"a.example:1\", password: x, method: chacha20-poly1305}"))
                .isNull();
        assertThat(problems.all())
                .singleElement()
                .extracting(Problem::hint)
                .isEqualTo("did you mean \"chacha20-ietf-poly1305\"?");
    }

    @Test
    void a_listener_has_method_and_password_and_keeps_clients_from_private_addresses() {
        assertThat(listener("{method: aes-128-gcm, password: x}"))
                .isEqualTo(new ShadowsocksListenerOptions(Method.AES_128_GCM, new Secret("x"), false));
        assertThat(listener("{method: aes-128-gcm, password: x, allow-private: true}")
                        .allowPrivate())
                .isTrue();
        assertThat(new ShadowsocksListenerType().remote()).isTrue();
    }

    @Test
    void users_of_a_listener_are_an_error_with_a_way_out() {
        assertThat(listener("{method: aes-128-gcm, password: x, users: {anna: secret}}"))
                .isNull();
        assertThat(problems.all()).singleElement().satisfies(problem -> {
            assertThat(problem.message()).contains("one password").doesNotContain("secret");
            assertThat(problem.hint()).contains("one listener for each user");
        });
    }

    private ShadowsocksOptions outbound(String yaml) {
        ShadowsocksType type = new ShadowsocksType();
        return type.parse(open(yaml, type.keys()));
    }

    private ShadowsocksListenerOptions listener(String yaml) {
        return listener(yaml, Map.of());
    }

    private ShadowsocksListenerOptions listener(String yaml, String user, String key) {
        return listener(yaml, Map.of(user, new Secret(key)));
    }

    private ShadowsocksListenerOptions listener(String yaml, Map<String, Secret> users) {
        ShadowsocksListenerType type = new ShadowsocksListenerType();
        List<Key<?>> keys = new ArrayList<>(type.keys());
        keys.add(Key.optional("users", Type.mapOf(Type.SECRET), "Names and passwords."));
        return type.parse(
                open(yaml, keys),
                new ListenerSettings("shadowsocks", "in", new InetSocketAddress(Loopback.LOCAL, 1), users, false));
    }

    private Section open(String yaml, List<Key<?>> keys) {
        ConfigNode node = YamlReader.read("test.yaml", Path.of("."), yaml, problems);
        return Section.open(node, "outbound \"vps\"", keys, problems);
    }
}
