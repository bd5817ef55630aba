package dev.fenliu.tunnel.shadowsocks;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Datagrams of the 2022 edition: both ends of ours, and messages that no honest end makes. */
class ServerSessionsTest {
    private static final Method AES = Method.BLAKE3_AES_128_GCM;
    private static final Destination EXAMPLE = Destination.parse("example.com:443");
    private static final Destination RESOLVER = Destination.parse("192.0.2.1:53");

    private final Wall wall = new Wall();
    private final ServerKeys keys = new ServerKeys(AES, key(1), Map.of());
    private final ServerSessions server = new ServerSessions(keys, wall.clocks, wall.seconds);

    @ParameterizedTest
    @EnumSource(names = "BLAKE3.*", mode = EnumSource.Mode.MATCH_ANY)
    void a_datagram_and_its_answer_are_read(Method method) throws Exception {
        Secret key = new Secret(ShadowsocksEnds.key(method.toString(), 7));
        ClientSession client = new ClientSession(ClientKeys.of(method, key), wall.clocks);
        ServerSessions sessions = new ServerSessions(new ServerKeys(method, key, Map.of()), wall.clocks, wall.seconds);
        for (int i = 0; i < 3; i++) {
            PacketClient.Opener.Received received = sessions.open(at(1), sealed(client, EXAMPLE, "question"), alloc());
            assertThat(text(received.datagram())).isEqualTo("example.com:443 question");
            assertThat(received.client().user()).isEmpty();
            assertThat(text(client.open(answer(received.client(), RESOLVER, "answer"), alloc())))
                    .isEqualTo("192.0.2.1:53 answer");
        }
    }

    @Test
    void users_are_told_apart_by_their_keys() throws Exception {
        ServerSessions sessions = new ServerSessions(
                new ServerKeys(AES, key(1), Map.of("anna", key(2), "ben", key(3))), wall.clocks, wall.seconds);
        for (int user : new int[] {2, 3, 2}) {
            ClientSession client = client(key(1).value() + ":" + key(user).value());
            PacketClient.Opener.Received received = sessions.open(at(1), sealed(client, EXAMPLE, "hello"), alloc());
            assertThat(received.client().user()).contains(user == 2 ? "anna" : "ben");
            assertThat(text(received.datagram())).isEqualTo("example.com:443 hello");
            assertThat(text(client.open(answer(received.client(), EXAMPLE, "bye"), alloc())))
                    .endsWith("bye");
        }
        for (String strange : new String[] {key(1).value(), key(1).value() + ":" + key(4).value()}) {
            assertThatThrownBy(() -> sessions.open(at(1), sealed(client(strange), EXAMPLE, "hello"), alloc()))
                    .hasMessageContaining("not of this password");
        }
    }

    @Test
    void the_session_of_one_user_is_not_that_of_another_with_the_same_number() throws Exception {
        ServerSessions sessions = new ServerSessions(
                new ServerKeys(AES, key(1), Map.of("anna", key(2), "ben", key(3))), wall.clocks, wall.seconds);
        Set<PacketClient> clients = new HashSet<>();
        for (int user : new int[] {2, 3}) {
            ClientKeys chain = ClientKeys.of(
                    AES, new Secret(key(1).value() + ":" + key(user).value()));
            PacketClient.Opener.Received received =
                    sessions.open(at(user), sealed(new ClientSession(chain, wall.clocks, 5), EXAMPLE, "x"), alloc());
            received.datagram().payload().release();
            clients.add(received.client());
        }
        assertThat(clients).hasSize(2);
    }

    @Test
    void a_client_that_moves_gets_its_answers_where_it_is() throws Exception {
        ClientSession client = client(key(1).value());
        ByteBuf early = sealed(client, EXAMPLE, "one");
        PacketClient here = received(at(1), sealed(client, EXAMPLE, "two"));
        assertThat(here.address()).isEqualTo(at(1));
        assertThat(received(at(2), sealed(client, EXAMPLE, "three"))).isSameAs(here);
        assertThat(here.address()).isEqualTo(at(2));
        received(at(3), early); // out of order, but new
        assertThat(here.address()).isEqualTo(at(3));
    }

    @Test
    void whoever_repeats_a_datagram_does_not_move_the_client() throws Exception {
        ByteBuf datagram = sealed(client(key(1).value()), EXAMPLE, "one");
        PacketClient here = received(at(1), datagram.copy());
        assertThatThrownBy(() -> received(at(2), datagram)).hasMessageContaining("replay");
        assertThat(here.address()).isEqualTo(at(1));
    }

    @Test
    void cut_and_changed_datagrams_are_refused_in_both_directions() throws Exception {
        ClientSession client = client(key(1).value());
        byte[] question = ByteBufUtil.getBytes(sealed(client, EXAMPLE, "question"));
        PacketClient known = received(at(1), sealed(client, EXAMPLE, "known"));
        byte[] answer = ByteBufUtil.getBytes(answer(known, EXAMPLE, "answer"));
        for (int i = 0; i < question.length * 2; i++) {
            byte[] bad = i < question.length ? Arrays.copyOf(question, i) : question.clone();
            if (i >= question.length) {
                bad[i - question.length] ^= (byte) (1 << i % 8);
            }
            assertThatThrownBy(() -> received(at(2), Unpooled.wrappedBuffer(bad)))
                    .isInstanceOf(Failure.class);
        }
        assertThat(known.address()).isEqualTo(at(1));
        for (int i = 0; i < answer.length * 2; i++) {
            byte[] bad = i < answer.length ? Arrays.copyOf(answer, i) : answer.clone();
            if (i >= answer.length) {
                bad[i - answer.length] ^= (byte) (1 << i % 8);
            }
            assertThatThrownBy(() -> client.open(Unpooled.wrappedBuffer(bad), alloc()))
                    .isInstanceOf(Failure.class);
        }
        received(at(1), Unpooled.wrappedBuffer(question));
        assertThat(text(client.open(Unpooled.wrappedBuffer(answer), alloc()))).endsWith("answer");
    }

    @Test
    void dates_are_checked_and_a_wrong_clock_is_named() throws Exception {
        for (long off : new long[] {-31, 31}) {
            ClientSession client = new ClientSession(ClientKeys.of(AES, key(1)), new Wall(wall.seconds + off).clocks);
            assertThatThrownBy(() -> received(at(1), sealed(client, EXAMPLE, "x")))
                    .hasMessageContaining("its clock is 31 s " + (off > 0 ? "ahead of" : "behind"))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure -> assertThat(Clocks.differ(failure)).isTrue());
        }
        Wall late = new Wall(wall.seconds + 30);
        ClientSession client = new ClientSession(ClientKeys.of(AES, key(1)), late.clocks);
        PacketClient known = received(at(1), sealed(client, EXAMPLE, "x"));
        ByteBuf answer = answer(known, EXAMPLE, "x");
        late.pass(1);
        assertThatThrownBy(() -> client.open(answer, alloc())).hasMessageContaining("its clock is 31 s behind");
    }

    @Test
    void a_session_from_before_the_listener_is_not_begun_again_by_old_datagrams() throws Exception {
        ClientSession client = client(key(1).value());
        wall.pass(-1);
        ByteBuf old = sealed(client, EXAMPLE, "old");
        wall.pass(1);
        assertThatThrownBy(() -> received(at(1), old)).hasMessageContaining("before this listener");
        assertThatCode(() -> received(at(1), sealed(client, EXAMPLE, "new"))).doesNotThrowAnyException();
    }

    @Test
    void an_idle_session_is_remembered_as_long_as_its_datagrams_have_a_good_date() throws Exception {
        Wall ahead = new Wall(wall.seconds + 30);
        ByteBuf datagram = sealed(new ClientSession(ClientKeys.of(AES, key(1)), ahead.clocks), EXAMPLE, "x");
        received(at(1), datagram.copy());
        for (int i = 0; i <= 60; i += 20) {
            received(at(1), sealed(session(i), EXAMPLE, "others make the table forget what is old"));
            assertThatThrownBy(() -> received(at(1), datagram.copy())).hasMessageContaining("replay");
            wall.pass(20);
        }
        assertThatThrownBy(() -> received(at(1), datagram.copy())).isInstanceOf(Failure.class);
    }

    @Test
    void as_many_sessions_as_are_remembered_let_no_other_begin_until_one_is_idle() throws Exception {
        for (int i = 0; i < ServerSessions.MOST; i++) {
            received(at(1), sealed(session(i), EXAMPLE, "x"));
        }
        assertThatThrownBy(() -> received(at(1), sealed(session(-1), EXAMPLE, "x")))
                .hasMessageContaining("too many");
        wall.pass(ServerSessions.KEPT_SECONDS + 1);
        received(at(1), sealed(session(-1), EXAMPLE, "x"));
    }

    @Test
    void questions_and_answers_of_names_are_padded() {
        ClientSession client = client(key(1).value());
        Set<Integer> lengths = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            ByteBuf sealed = sealed(client, RESOLVER, "question");
            assertThat(sealed.readableBytes()).isBetween(16 + 11 + 7 + 8 + 16 + 1, 16 + 11 + 7 + 900 + 16);
            lengths.add(sealed.readableBytes());
            assertThat(sealed(client, RESOLVER, "x".repeat(900)).readableBytes())
                    .isEqualTo(16 + 11 + 7 + 900 + 16);
        }
        assertThat(lengths).hasSizeGreaterThan(50);
    }

    @Test
    void a_server_that_was_restarted_is_heard_and_a_third_one_within_a_minute_is_not() throws Exception {
        ClientSession client = client(key(1).value());
        ByteBuf question = sealed(client, EXAMPLE, "x");
        ByteBuf[] answers = new ByteBuf[4];
        for (int i = 0; i < answers.length; i++) {
            ServerSessions other = new ServerSessions(keys, wall.clocks, wall.seconds);
            PacketClient.Opener.Received received = other.open(at(1), question.copy(), alloc());
            received.datagram().payload().release();
            answers[i] = answer(received.client(), EXAMPLE, "from " + i);
        }
        assertThat(text(client.open(answers[0].copy(), alloc()))).endsWith("from 0");
        assertThat(text(client.open(answers[1], alloc()))).endsWith("from 1");
        assertThatThrownBy(() -> client.open(answers[0], alloc())).hasMessageContaining("replay");
        assertThatThrownBy(() -> client.open(answers[2].copy(), alloc())).hasMessageContaining("a third session");
        wall.nanos += 60_000_000_000L;
        assertThat(text(client.open(answers[2], alloc()))).endsWith("from 2");
    }

    @Test
    void an_answer_to_another_session_is_refused() throws Exception {
        PacketClient one = received(at(1), sealed(session(1), EXAMPLE, "x"));
        ByteBuf answer = answer(one, EXAMPLE, "x");
        assertThatThrownBy(() -> session(2).open(answer, alloc())).hasMessageContaining("another session");
    }

    @Test
    void our_own_datagrams_sent_back_to_us_are_refused() throws Exception {
        ClientSession client = session(1);
        PacketClient known = received(at(1), sealed(client, EXAMPLE, "x"));
        assertThatThrownBy(() -> received(at(1), answer(known, EXAMPLE, "x")))
                .hasMessageContaining("goes the other way");
        assertThatThrownBy(() -> client.open(sealed(client, EXAMPLE, "x"), alloc()))
                .hasMessageContaining("goes the other way");
    }

    private PacketClient received(InetSocketAddress source, ByteBuf sealed) throws Failure {
        PacketClient.Opener.Received received = server.open(source, sealed, alloc());
        received.datagram().payload().release();
        return received.client();
    }

    private ClientSession client(String chain) {
        return new ClientSession(ClientKeys.of(AES, new Secret(chain)), wall.clocks);
    }

    private ClientSession session(long id) {
        return new ClientSession(ClientKeys.of(AES, key(1)), wall.clocks, id);
    }

    private static ByteBuf sealed(ClientSession client, Destination to, String text) {
        return copied(client.seal(to, Unpooled.copiedBuffer(text, US_ASCII), alloc()));
    }

    private static ByteBuf answer(PacketClient client, Destination from, String text) {
        return copied(client.seal(from, Unpooled.copiedBuffer(text, US_ASCII), alloc()));
    }

    private static ByteBuf copied(ByteBuf sealed) {
        ByteBuf copy = Unpooled.copiedBuffer(sealed);
        sealed.release();
        return copy;
    }

    private static String text(PacketCodec.Datagram datagram) {
        String text = datagram.far() + " " + datagram.payload().toString(US_ASCII);
        datagram.payload().release();
        return text;
    }

    private static InetSocketAddress at(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static ByteBufAllocator alloc() {
        return ByteBufAllocator.DEFAULT;
    }

    private static Secret key(int fill) {
        return new Secret(ShadowsocksEnds.key(AES.toString(), fill));
    }
}
