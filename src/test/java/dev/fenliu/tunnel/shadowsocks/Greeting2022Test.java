package dev.fenliu.tunnel.shadowsocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of the 2022 edition: both ends of ours, and messages that no honest end makes. */
class Greeting2022Test {
    private static final Method AES = Method.BLAKE3_AES_128_GCM;

    private final Wall wall = new Wall();
    private final ReplayWindow requests = new ReplayWindow(wall.clocks);

    @ParameterizedTest
    @EnumSource(names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_ANY)
    void a_stream_and_its_answer_are_read_however_they_are_cut(Method method) throws Exception {
        Ends ends = new Ends(method);
        byte[] request = ends.request(stream(10), stream(2).length);
        ServerGreeting server = ends.server();
        assertThat(opened(server, request, request.length)).isEqualTo(stream(10));
        byte[] answer = sealed(server, stream(70_000));
        for (int cut = 0; cut <= request.length; cut++) {
            assertThat(opened(ends.server(), request, cut)).isEqualTo(stream(10));
        }
        for (int cut = 0; cut <= 200; cut++) {
            assertThat(opened(ends.listening(), answer, cut)).isEqualTo(stream(70_000));
        }
        ByteBuf out = Unpooled.buffer();
        StreamOpener opener = new StreamOpener(ends.listening());
        for (byte one : answer) {
            opener.open(Unpooled.wrappedBuffer(new byte[] {one}), out);
        }
        assertThat(ByteBufUtil.getBytes(out)).isEqualTo(stream(70_000));
    }

    @Test
    void a_user_is_known_by_the_key() throws Exception {
        Map<String, Secret> users = Map.of("anna", key(AES, 2), "ben", key(AES, 3));
        ServerKeys keys = new ServerKeys(AES, key(AES, 1), users);
        for (int user : new int[] {2, 3}) {
            ClientKeys client = ClientKeys.of(
                    AES, new Secret(key(AES, 1).value() + ":" + key(AES, user).value()));
            byte[] request = sealed(new ClientGreeting(client, wall.clocks, requests), stream(5));
            for (int cut = 0; cut <= request.length; cut++) {
                ServerGreeting server = new ServerGreeting(keys, wall.clocks, new ReplayWindow(wall.clocks));
                assertThat(opened(server, request, cut)).isEqualTo(stream(5));
                assertThat(server.user()).contains(user == 2 ? "anna" : "ben");
            }
        }
        for (String strange : new String[] {
            key(AES, 1).value(), key(AES, 1).value() + ":" + key(AES, 4).value()
        }) {
            ClientKeys client = ClientKeys.of(AES, new Secret(strange));
            byte[] request = sealed(new ClientGreeting(client, wall.clocks, requests), stream(5));
            assertRefused(new ServerGreeting(keys, wall.clocks, requests), request, "not of this password");
        }
    }

    @Test
    void a_chain_of_keys_makes_an_identity_header_for_each_but_the_last() throws Exception {
        Secret chain = new Secret(key(AES, 1).value() + ":" + key(AES, 2).value() + ":"
                + key(AES, 3).value());
        byte[] request = sealed(new ClientGreeting(ClientKeys.of(AES, chain), wall.clocks, requests), stream(5));
        // As a relay does: without the first header it is a request to the second server.
        byte[] relayed = new byte[request.length - 16];
        System.arraycopy(request, 0, relayed, 0, 16);
        System.arraycopy(request, 32, relayed, 16, relayed.length - 16);
        ServerKeys second = new ServerKeys(AES, key(AES, 2), Map.of("anna", key(AES, 3)));
        assertThat(opened(new ServerGreeting(second, wall.clocks, requests), relayed, 40))
                .isEqualTo(stream(5));
    }

    @Test
    void short_requests_are_padded_to_lengths_that_tell_nothing() {
        Ends ends = new Ends(AES);
        Set<Integer> lengths = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            int length = ends.request(stream(i % 2)).length;
            assertThat(length).isBetween(ends.bare(stream(0)) + 1, ends.bare(stream(1)) + 900);
            lengths.add(length);
        }
        assertThat(lengths).hasSizeGreaterThan(100);
        assertThat(ends.request(stream(900)).length).isEqualTo(ends.bare(stream(900)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 899, 900, 65_000, 65_517, 65_518, 65_519, 65_520, 65_535, 65_536, 131_070, 200_000})
    void a_first_write_of_any_length_arrives(int length) throws Exception {
        Ends ends = new Ends(AES);
        byte[] request = ends.request(stream(length));
        ServerGreeting server = ends.server();
        assertThat(opened(server, request, request.length / 2)).isEqualTo(stream(length));
        if (length > 0) {
            byte[] answer = sealed(server, stream(length));
            assertThat(opened(ends.listening(), answer, answer.length / 2)).isEqualTo(stream(length));
        }
    }

    @Test
    void a_chunk_is_as_large_as_the_specification_lets_it_be() throws Exception {
        Ends ends = new Ends(AES);
        ServerGreeting server = ends.server();
        opened(server, ends.request(stream(0)), 0);
        int overhead = 16 + (1 + 8 + 16 + 2 + 16) + 16;
        assertThat(sealed(server, new byte[0xFFFF]).length).isEqualTo(overhead + 0xFFFF);
    }

    @Test
    void every_changed_bit_is_noticed_before_anything_is_given_out() throws Exception {
        Ends ends = new Ends(AES);
        byte[] request = ends.request(stream(900));
        ServerGreeting server = ends.server();
        opened(server, request, 0);
        byte[] answer = sealed(server, stream(5));
        for (int at = 0; at < request.length; at++) {
            byte[] changed = request.clone();
            changed[at] ^= (byte) (1 << at % 8);
            assertRefused(ends.server(), changed, "not of this password and method");
        }
        for (int at = 0; at < answer.length; at++) {
            byte[] changed = answer.clone();
            changed[at] ^= (byte) (1 << at % 8);
            assertRefused(ends.listening(), changed, "not of this password and method");
        }
    }

    @Test
    void what_does_not_prove_itself_leaves_no_trace_in_the_window() throws Exception {
        Ends ends = new Ends(AES);
        byte[] request = ends.request(stream(5));
        byte[] forged = request.clone();
        forged[20] ^= 1;
        assertRefused(new ServerGreeting(ends.serverKeys, wall.clocks, requests), forged, "not of this");
        assertThat(opened(new ServerGreeting(ends.serverKeys, wall.clocks, requests), request, 7))
                .isEqualTo(stream(5));
        assertRefused(new ServerGreeting(ends.serverKeys, wall.clocks, requests), request, "a replay");
    }

    @ParameterizedTest
    @ValueSource(longs = {-30, -1, 0, 1, 30})
    void clocks_may_differ_by_half_a_minute(long seconds) throws Exception {
        Ends ends = new Ends(AES);
        ReplayWindow old = new ReplayWindow(wall.clocks);
        wall.pass(100);
        ServerGreeting server = new ServerGreeting(ends.serverKeys, wall.clocks, old);
        Wall client = new Wall(wall.seconds + seconds);
        byte[] request = sealed(ends.client(client.clocks), stream(5));
        assertThat(opened(server, request, 0)).isEqualTo(stream(5));
        byte[] answer = sealed(server, stream(5));
        assertThat(opened(ends.client(client.clocks), answer, 0)).isEqualTo(stream(5));
    }

    @ParameterizedTest
    @ValueSource(longs = {-3600, -31, 31, 86_400, Long.MIN_VALUE / 2, Long.MAX_VALUE / 2})
    void a_clock_that_is_further_off_is_named_in_words(long seconds) throws Exception {
        Ends ends = new Ends(AES);
        byte[] request = ends.request(stream(5));
        byte[] answer = sealed(opening(ends.server(), request), stream(5));
        byte[] late = ends.dated(wall.seconds + seconds);
        String off = seconds > 0 ? " s ahead of" : " s behind";
        String words = "its clock is " + Math.abs(seconds) + off
                + " the clock of this machine, which says 2027-01-15 08:00:00 UTC; Shadowsocks 2022 allows 30 s: set"
                + " the one that is wrong";
        assertRefused(ends.server(), late, words + ", unless this is a replay");
        if (Math.abs(seconds) < 100_000) {
            Clocks clocks = new Wall(wall.seconds - seconds).clocks;
            assertThatThrownBy(() -> opened(ends.client(clocks), answer, 0))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure -> assertThat(Clocks.differ(failure)).isTrue())
                    .hasMessageContaining("its clock is " + Math.abs(seconds) + off)
                    .hasMessageEndingWith("set the one that is wrong");
        }
    }

    @Test
    void a_request_from_before_the_listener_is_refused_though_no_salt_of_then_is_known() throws Exception {
        Ends ends = new Ends(AES);
        byte[] before = sealed(ends.client(new Wall(wall.seconds - 1).clocks), stream(5));
        assertRefused(new ServerGreeting(ends.serverKeys, wall.clocks, requests), before, "from before this listener");
        byte[] since = ends.request(stream(5));
        assertThat(opened(new ServerGreeting(ends.serverKeys, wall.clocks, requests), since, 0))
                .isEqualTo(stream(5));
    }

    @Test
    void an_answer_to_another_request_is_refused() throws Exception {
        Ends ends = new Ends(AES);
        byte[] answer = sealed(opening(ends.server(), ends.request(stream(5))), stream(5));
        ClientGreeting other = new ClientGreeting(ends.clientKeys, wall.clocks, requests);
        assertRefused(other, answer, "an answer to another request");
    }

    @Test
    void our_own_request_sent_back_to_us_is_refused_and_so_is_an_answer_sent_to_a_server() throws Exception {
        Ends ends = new Ends(AES);
        byte[] request = ends.request(stream(900));
        byte[] answer = sealed(opening(ends.server(), request), stream(900));
        assertRefused(ends.listening(), request, "");
        assertRefused(ends.server(), answer, "");
        // A header as long as the other's, sealed by somebody with the key.
        assertRefused(ends.server(), ends.message(1, wall.seconds, 10, address(), 0, 5), "an answer, not a request");
    }

    @Test
    void padding_must_be_there_unless_payload_is_and_must_fit() throws Exception {
        Ends ends = new Ends(AES);
        byte[] address = address();
        assertThat(opened(ends.server(), ends.message(0, wall.seconds, 0, address, 0, 1), 0))
                .hasSize(address.length + 1);
        assertThat(opened(ends.server(), ends.message(0, wall.seconds, 0, address, 1, 0), 0))
                .hasSize(address.length);
        assertThat(opened(ends.server(), ends.message(0, wall.seconds, 0, address, 30_000, 30_000), 0))
                .hasSize(address.length + 30_000);
        assertRefused(ends.server(), ends.message(0, wall.seconds, 0, address, 0, 0), "less or more padding");
        assertRefused(ends.server(), ends.message(0, wall.seconds, 1, address, 7, 0), "less or more padding");
        assertRefused(ends.server(), ends.message(0, wall.seconds, 0, new byte[0], 0, 0), "no usable address");
        assertRefused(ends.server(), ends.message(0, wall.seconds, 0, new byte[] {1, 2, 3}, 0, 0), "no usable address");
        assertRefused(
                ends.server(), ends.message(0, wall.seconds, 0, new byte[] {9, 2, 3, 4, 5, 6, 7, 8}, 5, 5), "address");
    }

    private static ServerGreeting opening(ServerGreeting server, byte[] request) throws Exception {
        opened(server, request, 0);
        return server;
    }

    private static void assertRefused(Greeting greeting, byte[] sealed, String why) {
        ByteBuf out = Unpooled.buffer();
        assertThatThrownBy(() -> new StreamOpener(greeting).open(Unpooled.wrappedBuffer(sealed), out))
                .isInstanceOf(Failure.class)
                .hasMessageContaining(why);
        assertThat(out.isReadable()).isFalse();
    }

    private static byte[] opened(Greeting greeting, byte[] sealed, int cut) throws Failure {
        StreamOpener opener = new StreamOpener(greeting);
        ByteBuf out = Unpooled.buffer();
        opener.open(Unpooled.wrappedBuffer(sealed, 0, cut), out);
        opener.open(Unpooled.wrappedBuffer(sealed, cut, sealed.length - cut), out);
        return ByteBufUtil.getBytes(out);
    }

    /** Sealed in as many writes as there are parts; no longer than was foreseen. */
    private static byte[] sealed(Greeting greeting, byte[] plain, int... first) {
        StreamSealer sealer = new StreamSealer(greeting);
        ByteBuf in = Unpooled.wrappedBuffer(plain);
        ByteBuf out = Unpooled.buffer();
        for (int length : first) {
            sealer.seal(in.readSlice(length), out);
        }
        int most = out.readableBytes() + sealer.sealedBytes(in.readableBytes());
        sealer.seal(in, out);
        assertThat(out.readableBytes()).isLessThanOrEqualTo(most);
        return ByteBufUtil.getBytes(out);
    }

    private static byte[] address() {
        ByteBuf address = Unpooled.buffer();
        SocksAddress.write(Destination.parse("example.com:443"), address);
        return ByteBufUtil.getBytes(address);
    }

    /** An address and so many bytes. */
    private static byte[] stream(int payload) {
        byte[] address = address();
        byte[] stream = Arrays.copyOf(address, address.length + payload);
        for (int i = address.length; i < stream.length; i++) {
            stream[i] = (byte) (i * 7);
        }
        return stream;
    }

    private static Secret key(Method method, int fill) {
        return new Secret(ShadowsocksEnds.key(method.toString(), fill));
    }

    /** Both ends, in which nothing was before; the client's salt is always the same. */
    private final class Ends {
        private final byte[] salt;
        private final ClientKeys clientKeys;
        private final ServerKeys serverKeys;

        Ends(Method method) {
            this.salt = Vectors.salt(method);
            this.clientKeys = ClientKeys.of(method, key(method, 1));
            this.serverKeys = new ServerKeys(method, key(method, 1), Map.of());
        }

        ServerGreeting server() {
            return new ServerGreeting(serverKeys, wall.clocks, new ReplayWindow(wall.clocks));
        }

        ClientGreeting client(Clocks clocks) {
            return new ClientGreeting(clientKeys, clocks, new ReplayWindow(clocks), salt);
        }

        ClientGreeting listening() {
            return client(wall.clocks);
        }

        byte[] request(byte[] plain, int... first) {
            return sealed(client(wall.clocks), plain, first);
        }

        /** How long a request without padding is. */
        int bare(byte[] plain) {
            return salt.length + 11 + 16 + plain.length + 2 + 16;
        }

        /** A request of that date. */
        byte[] dated(long date) {
            ByteBuf fixed = Unpooled.buffer().writeByte(0).writeLong(date).writeShort(9);
            return message(ByteBufUtil.getBytes(fixed), new byte[9]);
        }

        /** A request of somebody with the key who says what he likes. */
        byte[] message(int type, long date, int more, byte[] address, int padding, int payload) {
            ByteBuf variable = Unpooled.buffer().writeBytes(address);
            variable.writeShort(padding + more).writeZero(padding).writeBytes(Vectors.pattern(payload));
            ByteBuf fixed = Unpooled.buffer().writeByte(type).writeLong(date).writeShort(variable.readableBytes());
            return message(ByteBufUtil.getBytes(fixed), ByteBufUtil.getBytes(variable));
        }

        private byte[] message(byte[] fixed, byte[] variable) {
            AeadCipher cipher = new AeadCipher(clientKeys.key(), salt);
            ByteBuf all = Unpooled.buffer().writeBytes(salt);
            for (byte[] plain : new byte[][] {fixed, variable}) {
                byte[] sealed = Arrays.copyOf(plain, plain.length + 16);
                cipher.seal(sealed, 0, plain.length);
                all.writeBytes(sealed);
            }
            return ByteBufUtil.getBytes(all);
        }
    }
}
