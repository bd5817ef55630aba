package dev.fenliu.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.local.LocalChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class GroupTest {
    private final EventLoop loop = new DefaultEventLoop();
    private final AtomicLong clock = new AtomicLong();
    private final Health health = new Health(clock::get);
    private final List<String> tried = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private final class Member implements Outbound {
        private final String name;
        private final Failure.Kind failure;
        private final Set<Transport> transports;

        Member(String name, Failure.Kind failure, Transport... transports) {
            this.name = name;
            this.failure = failure;
            this.transports = Set.of(transports);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Set<Transport> transports() {
            return transports;
        }

        @Override
        public Future<Channel> connect(Dial dial) {
            tried.add(name);
            return failure == null
                    ? loop.newSucceededFuture(new LocalChannel())
                    : loop.newFailedFuture(new Failure(failure, name + " failed"));
        }

        @Override
        public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
            tried.add(name);
            if (failure != null) {
                return loop.newFailedFuture(new Failure(failure, name + " failed"));
            }
            return loop.newSucceededFuture(new PacketTunnel() {
                @Override
                public void send(Destination to, ByteBuf payload) {
                    payload.release();
                }

                @Override
                public void close() {}
            });
        }
    }

    /** Connects when it is told to. */
    private final class Waiting implements Outbound {
        private final String name;
        private final Promise<Channel> channel = loop.newPromise();
        private Dial dial;

        Waiting(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Set<Transport> transports() {
            return Set.of(Transport.TCP);
        }

        @Override
        public Future<Channel> connect(Dial wanted) {
            dial = wanted;
            tried.add(name);
            return channel;
        }
    }

    private Future<Channel> start(Group group) throws Exception {
        tried.clear();
        return loop.submit(() -> group.connect(Dial.own(Destination.parse("a.test:1"), loop)))
                .get();
    }

    @Test
    void members_that_show_nothing_get_company_and_are_left_when_another_connects() throws Exception {
        Waiting a = new Waiting("a");
        Waiting b = new Waiting("b");
        Group group = new Group("ai", List.of(a, b, up("c"), up("d")), Choice.fallback(), health);
        assertThat(start(group).get().attr(Group.PATH).get()).containsExactly("c");
        assertThat(tried).containsExactly("a", "b", "c");
        Awaitility.await().until(() -> a.channel.isCancelled() && b.channel.isCancelled());
        connect(group);
        assertThat(tried).containsExactly("c");
    }

    @Test
    void a_member_whose_server_has_answered_is_waited_for_and_the_rest_is_up_to_the_origin() throws Exception {
        Waiting a = new Waiting("a");
        Group group = new Group("ai", List.of(a, up("b")), Choice.fallback(), health);
        Future<Channel> connecting = start(group);
        loop.submit(() -> a.dial.reached().run()).get();
        assertThat(connecting.await(1_500)).isFalse();
        LocalChannel channel = new LocalChannel();
        a.channel.setSuccess(channel);
        assertThat(connecting.get()).isSameAs(channel);
        assertThat(tried).containsExactly("a");
        assertThat(health.vitals("a").ailing()).isFalse();
    }

    @Test
    void the_first_may_still_win_and_then_it_is_not_to_blame() throws Exception {
        Waiting a = new Waiting("a");
        Waiting b = new Waiting("b");
        Future<Channel> connecting = start(new Group("ai", List.of(a, b), Choice.fallback(), health));
        Awaitility.await().until(() -> tried.contains("b"));
        a.channel.setSuccess(new LocalChannel());
        assertThat(connecting.get().attr(Group.PATH).get()).containsExactly("a");
        Awaitility.await().until(b.channel::isCancelled);
        assertThat(health.vitals("a").ailing()).isFalse();
        assertThat(health.vitals("b").ailing()).isFalse();
    }

    @Test
    void who_gives_up_ends_every_attempt_and_a_late_channel_is_closed() throws Exception {
        Waiting a = new Waiting("a");
        Waiting b = new Waiting("b");
        Future<Channel> connecting = start(new Group("ai", List.of(a, b), Choice.fallback(), health));
        Awaitility.await().until(() -> tried.contains("b"));
        EmbeddedChannel late = new EmbeddedChannel();
        b.channel.setUncancellable();
        loop.submit(() -> {
                    connecting.cancel(false);
                    b.channel.setSuccess(late);
                })
                .get();
        Awaitility.await().until(() -> !late.isOpen());
        assertThat(a.channel.isCancelled()).isTrue();
    }

    @Test
    void a_group_in_a_group_ails_when_all_that_it_would_take_does() {
        Group inner = new Group("inner", List.of(down("a"), down("b")), Choice.select(() -> "b"), health);
        Group outer = new Group("outer", List.of(inner, up("c")), Choice.fallback(), health);
        health.attempt("a").beaten();
        assertThat(outer.order()).extracting(Outbound::name).containsExactly("inner", "c");
        health.attempt("b").beaten();
        assertThat(outer.order()).extracting(Outbound::name).containsExactly("c", "inner");
    }

    @Test
    void a_member_whose_check_finds_fault_comes_last_in_the_groups_of_that_check_alone() {
        List<Outbound> members = List.of(up("a"), up("b"));
        Group checked =
                new Group("g", members, Choice.fallback(), health, Optional.of(Check.DEFAULT), Optional.empty());
        Group other = new Group("h", members, Choice.fallback(), health);
        health.answered("a", Check.DEFAULT, Duration.ofMillis(1), Optional.of("answers 403"));
        assertThat(checked.order()).extracting(Outbound::name).containsExactly("b", "a");
        assertThat(other.order()).extracting(Outbound::name).containsExactly("a", "b");
    }

    @Test
    void a_member_whose_exit_will_not_do_is_not_used_even_if_no_other_is_left() throws Exception {
        ExitGuard guard = (member, at) ->
                at.newSucceededFuture(member.name().equals("c") ? Optional.empty() : Optional.of("its exit is there"));
        List<Outbound> members = List.of(up("a"), up("b"), up("c"));
        connect(new Group("g", members, Choice.fallback(), health, Optional.empty(), Optional.of(guard)));
        assertThat(tried).containsExactly("c");
        Future<Channel> refused = connect(new Group(
                "g", List.of(up("a"), up("b")), Choice.fallback(), health, Optional.empty(), Optional.of(guard)));
        assertThat(tried).isEmpty();
        assertThat(((Failure) refused.cause()).kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
        assertThat(refused.cause()).hasMessage("group \"g\" does not use \"b\": its exit is there");
        assertThat(health.ails(up("a"))).isFalse();
    }

    private Member up(String name) {
        return new Member(name, null, Transport.TCP, Transport.UDP);
    }

    private Member down(String name) {
        return new Member(name, Failure.Kind.TUNNEL_DOWN, Transport.TCP, Transport.UDP);
    }

    private Future<Channel> connect(Group group) throws Exception {
        tried.clear();
        return group.connect(Dial.own(Destination.parse("a.test:1"), loop)).await();
    }

    @Test
    void a_fallback_group_moves_on_when_a_member_is_down() throws Exception {
        Group group = new Group("ai", List.of(down("a"), down("b"), up("c"), up("d")), Choice.fallback(), health);
        Future<Channel> connected = connect(group);
        assertThat(tried).containsExactly("a", "b", "c");
        assertThat(connected.getNow().attr(Group.PATH).get()).containsExactly("c");
    }

    @Test
    void members_that_failed_lately_are_tried_last_and_then_again_in_order() throws Exception {
        Group group = new Group("ai", List.of(down("a"), up("b")), Choice.fallback(), health);
        connect(group);
        connect(group);
        assertThat(tried).containsExactly("b");
        clock.addAndGet(TimeUnit.SECONDS.toNanos(11));
        connect(group);
        assertThat(tried).containsExactly("a", "b");
    }

    @Test
    void what_the_origin_answered_is_final() throws Exception {
        Group group = new Group(
                "ai",
                List.of(new Member("a", Failure.Kind.REFUSED, Transport.TCP), up("b")),
                Choice.fallback(),
                health);
        assertThat(((Failure) connect(group).cause()).kind()).isEqualTo(Failure.Kind.REFUSED);
        assertThat(tried).containsExactly("a");
    }

    @Test
    void an_empty_group_refuses_and_says_what_to_do() throws Exception {
        Failure failure = (Failure)
                connect(new Group("ai", List.of(), Choice.fallback(), health)).cause();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.TUNNEL_DOWN);
        assertThat(failure.text()).contains("no member").contains("members");
    }

    @Test
    void when_all_are_down_the_last_failure_is_told() throws Exception {
        Group group = new Group("ai", List.of(down("a"), down("b")), Choice.fallback(), health);
        assertThat(connect(group).cause()).hasMessage("b failed");
    }

    @Test
    void a_select_group_takes_the_selected_member_and_no_other() throws Exception {
        Group group = new Group("ai", List.of(up("a"), down("b")), Choice.select(() -> "b"), health);
        assertThat(connect(group).isSuccess()).isFalse();
        assertThat(tried).containsExactly("b");
        connect(new Group("ai", List.of(up("a"), down("b")), Choice.select(() -> ""), health));
        assertThat(tried).containsExactly("a");
    }

    @Test
    void nested_groups_tell_the_whole_path() throws Exception {
        Group inner = new Group("europe", List.of(down("a"), up("b")), Choice.fallback(), health);
        Group outer = new Group("ai", List.of(inner), Choice.fallback(), health);
        assertThat(connect(outer).getNow().attr(Group.PATH).get()).containsExactly("europe", "b");
        Dial dial = Dial.own(Destination.parse("a.test:1"), loop);
        assertThat(outer.openPackets(dial, null).await().getNow().members()).containsExactly("europe", "b");
    }

    @Test
    void datagrams_take_the_first_member_that_carries_them_and_no_way_around() throws Exception {
        Member streams = new Member("a", null, Transport.TCP);
        Group group = new Group("ai", List.of(streams, up("b")), Choice.fallback(), health);
        Dial dial = Dial.own(Destination.parse("a.test:1"), loop);
        assertThat(group.openPackets(dial, null).await().isSuccess()).isTrue();
        assertThat(tried).containsExactly("b");
        Failure failure = (Failure) new Group("ai", List.of(streams), Choice.fallback(), health)
                .openPackets(dial, null)
                .await()
                .cause();
        assertThat(failure.kind()).isEqualTo(Failure.Kind.UNSUPPORTED);
    }
}
