package dev.fenliu.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.Dial;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReadyConnectionsTest {
    private static final Destination SERVER = Destination.parse("proxy.example:443");

    /** Whose event loop all live on. */
    private final EmbeddedChannel home = new EmbeddedChannel();

    private final List<Connection> made = new ArrayList<>();
    private final List<Promise<Channel>> waiting = new ArrayList<>();
    private long now = 1_000_000;
    private final ReadyConnections ready = new ReadyConnections(SERVER, () -> now);
    private int address = 1;
    private boolean slow;
    private boolean broken;

    private final class Connection extends EmbeddedChannel {
        private final boolean ahead;
        private final int from = address;
        private boolean taken;

        Connection(boolean ahead) {
            this.ahead = ahead;
            config().setAutoRead(false);
        }

        @Override
        protected SocketAddress localAddress0() {
            Host.Address local = (Host.Address) Host.parse("192.0.2." + from);
            return new InetSocketAddress(local.value(), 1);
        }
    }

    @BeforeEach
    void freeze() {
        home.freezeTime();
    }

    @AfterEach
    void close() {
        made.forEach(EmbeddedChannel::finishAndReleaseAll);
        home.finishAndReleaseAll();
    }

    private Future<Channel> reach(Dial dial) {
        assertThat(dial.destination()).isEqualTo(SERVER);
        assertThat(dial.loop()).isSameAs(home.eventLoop());
        if (broken) {
            return home.eventLoop().newFailedFuture(new Failure(Failure.Kind.TUNNEL_DOWN, "refused"));
        }
        Promise<Channel> result = home.eventLoop().newPromise();
        boolean ahead = dial.flow() == 0;
        if (ahead && slow) {
            waiting.add(result);
            return result;
        }
        Connection connection = new Connection(ahead);
        made.add(connection);
        result.setSuccess(connection);
        return result;
    }

    private Future<Channel> start() {
        Future<Channel> result = ready.connect(new Dial(SERVER, home.eventLoop(), 7, Dial.Guard.NONE), this::reach);
        home.runPendingTasks();
        return result;
    }

    private Connection flow() {
        Connection connection = (Connection) start().getNow();
        assertThat(connection.taken).isFalse();
        connection.taken = true;
        return connection;
    }

    private List<Connection> flows(int count) {
        List<Connection> flows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            flows.add(flow());
        }
        return flows;
    }

    /** Those that wait for a flow. */
    private List<Connection> idle() {
        return made.stream().filter(c -> c.isOpen() && !c.taken).toList();
    }

    private void pass(long millis) {
        now += millis;
        home.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        home.runScheduledPendingTasks();
    }

    @Test
    void a_lone_flow_has_none_made() {
        for (int i = 0; i < 20; i++) {
            assertThat(flow().ahead).isFalse();
            pass(ReadyConnections.FIRST_MILLIS);
        }
        assertThat(made).hasSize(20);
    }

    @Test
    void flows_that_come_often_find_one_ready_and_each_is_taken_once() {
        assertThat(flows(2)).extracting(c -> c.ahead).containsExactly(false, false);
        List<Connection> next = flows(20);
        assertThat(next).allMatch(c -> c.ahead && c.isOpen());
        assertThat(idle()).hasSize(ReadyConnections.MOST);
        next.forEach(c -> assertThat(c.pipeline().names()).hasSize(1)); // as it was made
    }

    @Test
    void half_as_many_are_ready_as_flows_came_lately() {
        flows(6);
        assertThat(idle()).hasSize(3);
        slow = true;
        assertThat(flows(4)).extracting(c -> c.ahead).containsExactly(true, true, true, false);
        assertThat(waiting).hasSize(5);
    }

    @Test
    void the_first_flow_after_a_pause_has_as_many_made_as_the_last_crowd_needed_and_fewer_each_time_it_stays_alone() {
        flows(12);
        List<Integer> counts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            pass(60_000);
            assertThat(idle()).isEmpty();
            assertThat(flow().ahead).isFalse();
            counts.add(idle().size());
        }
        assertThat(counts).containsExactly(6, 4, 3, 2, 1, 1, 0, 0);
    }

    @Test
    void what_nobody_takes_is_let_go_and_not_made_again() {
        flows(8);
        int before = made.size();
        pass(ReadyConnections.FIRST_MILLIS - 1);
        assertThat(idle()).hasSize(4);
        pass(1);
        assertThat(idle()).isEmpty();
        pass(1_000_000);
        assertThat(made).hasSize(before);
    }

    @Test
    void what_the_server_has_closed_is_given_to_nobody() {
        flows(6);
        idle().get(0).pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        idle().get(0).pipeline().fireExceptionCaught(new SocketException("reset by peer"));
        idle().get(0).close();
        assertThat(idle()).isEmpty();
        assertThat(flow().ahead).isFalse();
    }

    @Test
    void what_the_server_has_said_something_on_is_given_to_nobody() {
        flows(2);
        idle().get(0).writeInbound(Unpooled.wrappedBuffer(new byte[1]));
        assertThat(idle()).isEmpty();
        assertThat(flow().ahead).isFalse();
    }

    @Test
    void a_server_of_little_patience_is_not_kept_waiting_so_long_again() {
        flows(2);
        pass(2_400);
        idle().get(0).pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        pass(10_000);
        flows(2);
        pass(1_199);
        assertThat(idle()).hasSize(1);
        pass(1);
        assertThat(idle()).isEmpty();
    }

    @Test
    void a_server_that_waits_is_kept_waiting_a_little_longer_each_time_but_not_for_ever() {
        long kept = ReadyConnections.FIRST_MILLIS;
        for (int i = 0; i < 30; i++) {
            flows(2);
            pass(kept - 1);
            assertThat(idle()).isNotEmpty();
            pass(1);
            assertThat(idle()).isEmpty();
            kept = Math.min(ReadyConnections.MOST_MILLIS, kept + kept / 16);
            pass(60_000);
        }
        assertThat(kept).isEqualTo(10_000);
    }

    @Test
    void none_is_given_out_after_the_machine_has_slept() {
        flows(2);
        now += 3_600_000; // of which timers know nothing
        Connection old = idle().get(0);
        assertThat(flow().ahead).isFalse();
        assertThat(old.isOpen()).isFalse();
    }

    @Test
    void failing_to_make_one_ahead_fails_no_flow_and_the_others_are_not_trusted() {
        flows(6);
        broken = true;
        assertThat(flow().ahead).isTrue();
        assertThat(idle()).isEmpty();
        assertThat(start().cause()).hasMessage("refused");
        broken = false;
        int before = made.size();
        assertThat(flow().ahead).isFalse();
        assertThat(made).hasSize(before + 1);
    }

    @Test
    void a_flow_that_finds_the_server_gone_lets_go_of_what_is_ready_elsewhere() {
        flows(2);
        slow = true;
        Connection taken = flow();
        Promise<Channel> coming = waiting.get(0);
        coming.setFailure(new Failure(Failure.Kind.TUNNEL_DOWN, "no answer in time"));
        assertThat(taken.isOpen()).isTrue();
        assertThat(flow().ahead).isFalse();
    }

    @Test
    void a_new_address_of_ours_makes_the_old_ones_useless() {
        flows(6);
        address = 2;
        assertThat(flow().from).isEqualTo(1); // nothing could tell yet
        assertThat(idle()).extracting(c -> c.from).containsOnly(2);
    }

    @Test
    void slow_handshakes_do_not_pile_up() {
        slow = true;
        flows(100);
        assertThat(waiting).hasSize(ReadyConnections.MOST);
    }

    @Test
    void nothing_is_left_of_it_when_it_is_closed() {
        flows(6);
        slow = true;
        flow();
        ready.close();
        home.runPendingTasks();
        assertThat(idle()).isEmpty();
        Connection late = new Connection(true);
        waiting.get(0).setSuccess(late);
        assertThat(late.isOpen()).isFalse();
        slow = false;
        assertThat(flows(10)).noneMatch(c -> c.ahead);
        assertThat(idle()).isEmpty();
    }
}
