package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.inbound.BindFailure;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The proxy as a whole within this process: start, reload and stop, with real clients and origins. */
@Timeout(60)
class ProxyTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String TAIL = """
            outbounds: {far: {type: socks5, server: "127.0.0.1:1"}}
            dns: {hosts: {plain.test: 127.0.0.1, other.test: 127.0.0.1}}
            """;

    private final EventLoopGroup loops = Sockets.loops(2);
    private final RecordedEvents events = new RecordedEvents();
    private final AtomicInteger listChanges = new AtomicInteger();

    @TempDir
    private Path state;

    private ServerSocket origin;
    private Proxy proxy;

    @BeforeEach
    void open() throws IOException {
        proxy = new Proxy(Kept.fresh(loops, System::nanoTime, state), events, listChanges::incrementAndGet);
        origin = new ServerSocket(0, 50, HERE);
        origin.setSoTimeout(5000);
    }

    @AfterEach
    void close() throws IOException {
        proxy.stop();
        Awaitility.await().until(() -> proxy.running() == 0);
        events.assertBalanced();
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        origin.close();
    }

    private static String listeners(String list) {
        return "listeners: [" + list + "]\n" + TAIL;
    }

    private static String rules(String list) {
        return listeners("{type: mixed, name: in, listen: \"127.0.0.1:0\"}") + "rules: [" + list + "]\n";
    }

    private Future<Proxy.Report> tryApply(String yaml, Problems problems) throws InterruptedException {
        Config config = ConfigReader.read("test.yaml", Optional.empty(), yaml, Built.PROTOCOLS, problems);
        assertThat(config).as(problems.all().toString()).isNotNull();
        return proxy.apply(config, problems).await();
    }

    private Proxy.Report apply(String yaml) throws Exception {
        Problems problems = new Problems();
        Future<Proxy.Report> done = tryApply(yaml, problems);
        assertThat(done.isSuccess()).as(problems.all() + " " + done.cause()).isTrue();
        return done.getNow();
    }

    private int port(String name) {
        return proxy.addresses().get(name).getPort();
    }

    private Socket dial(int port) throws IOException {
        Socket socket = new Socket(HERE, port);
        socket.setSoTimeout(5000);
        return socket;
    }

    private static byte[] request(String authority) {
        return ("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private String connect(Socket client, String host) throws IOException {
        client.getOutputStream().write(request(host + ":" + origin.getLocalPort()));
        StringBuilder head = new StringBuilder();
        InputStream in = client.getInputStream();
        for (int c; head.indexOf("\r\n\r\n") < 0 && (c = in.read()) >= 0; ) {
            head.append((char) c);
        }
        return head.substring(9, 12);
    }

    /** A client that is through to the origin. */
    private final class Through implements AutoCloseable {
        final Socket client = dial(port("in"));
        final Socket server;

        Through(String host) throws IOException {
            assertThat(connect(client, host)).isEqualTo("200");
            server = origin.accept();
            server.setSoTimeout(5000);
        }

        boolean lives() throws IOException {
            client.getOutputStream().write('x');
            server.getOutputStream().write('y');
            return server.getInputStream().read() == 'x'
                    && client.getInputStream().read() == 'y';
        }

        boolean ends() {
            try {
                return client.getInputStream().read() < 0;
            } catch (java.net.SocketTimeoutException e) {
                return false;
            } catch (IOException e) {
                return true;
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    private String status(String host) throws IOException {
        try (Socket client = dial(port("in"))) {
            String status = connect(client, host);
            if (status.equals("200")) {
                origin.accept().close();
            }
            return status;
        }
    }

    // ---- flows ----

    @Test
    void rules_decide_which_way_a_client_goes() throws Exception {
        apply(rules("{domain: other.test, to: block}, {to: direct}"));
        assertThat(status("plain.test")).isEqualTo("200");
        assertThat(status("other.test")).isEqualTo("403");
        Awaitility.await().until(() -> events.closed.size() == 2);
        assertThat(events.closed).extracting(FlowView::way).containsExactlyInAnyOrder("direct", "block");
    }

    @Test
    void a_listener_of_ours_is_not_dialled() throws Exception {
        apply(rules("{to: direct}"));
        try (Socket client = dial(port("in"))) {
            client.getOutputStream().write(request("plain.test:" + port("in")));
            assertThat(new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 502");
        }
    }

    // ---- reload: rules ----

    @Test
    void new_flows_go_by_the_new_rules_and_flows_that_stay_where_they_are_live() throws Exception {
        apply(rules("{to: direct}"));
        int port = port("in");
        try (Through flow = new Through("plain.test")) {
            Proxy.Report report = apply(rules("{domain: other.test, to: block}, {to: direct}"));
            assertThat(report.generation()).isEqualTo(2);
            assertThat(report.rules()).isEqualTo(2);
            assertThat(report.running()).isEqualTo(1);
            assertThat(port("in")).isEqualTo(port);
            assertThat(flow.lives()).isTrue();
            assertThat(status("other.test")).isEqualTo("403");
            assertThat(flow.lives()).isTrue();
        }
    }

    @Test
    void a_direct_flow_that_the_new_rules_send_to_a_tunnel_ends_and_others_live() throws Exception {
        apply(rules("{to: direct}"));
        try (Through moved = new Through("other.test");
                Through stays = new Through("plain.test")) {
            apply(rules("{domain: other.test, to: far}, {to: direct}"));
            assertThat(moved.ends()).isTrue();
            assertThat(stays.lives()).isTrue();
        }
    }

    @Test
    void a_failing_rule_test_changes_nothing_and_is_told() throws Exception {
        apply(rules("{to: direct}"));
        Problems problems = new Problems();
        Future<Proxy.Report> done = tryApply(
                rules("{domain: other.test, to: block}, {to: direct}")
                        + "rule-tests: [{host: other.test, to: direct}]\n",
                problems);
        assertThat(done.cause()).isInstanceOf(ConfigRejected.class);
        assertThat(problems.all()).extracting(Problem::message).anyMatch(text -> text.contains("other.test"));
        assertThat(status("other.test")).isEqualTo("200");
    }

    @Test
    void a_list_that_cannot_be_read_changes_nothing() throws Exception {
        apply(rules("{to: direct}"));
        Problems problems = new Problems();
        Future<Proxy.Report> done = tryApply(
                rules("{rule-set: gone, to: block}, {to: direct}") + "rule-sets: {gone: {file: /nonexistent/list}}\n",
                problems);
        assertThat(done.cause()).isInstanceOf(ConfigRejected.class);
        assertThat(status("plain.test")).isEqualTo("200");
    }

    @Test
    void a_remote_list_is_fetched_and_told_so_that_the_next_reload_has_it() throws Exception {
        try (Web web = new Web()) {
            web.has("/list", "x", "other.test\n");
            String yaml = rules("{rule-set: ads, to: block}, {to: direct}") + "rule-sets: {ads: {url: \""
                    + web.uri("/list") + "\"}}\n";
            apply(yaml);
            assertThat(status("other.test")).isEqualTo("200");
            Awaitility.await().untilAtomic(listChanges, org.hamcrest.Matchers.is(1));
            apply(yaml);
            assertThat(status("other.test")).isEqualTo("403");
            apply(yaml);
            assertThat(web.asked).hasSize(1);
        }
    }

    @Test
    void a_hundred_reloads_fail_no_client() throws Exception {
        apply(rules("{to: direct}"));
        for (int i = 0; i < 100; i++) {
            apply(rules(i % 2 == 0 ? "{domain: other.test, to: block}, {to: direct}" : "{to: direct}"));
            assertThat(status("plain.test")).isEqualTo("200");
            assertThat(status("other.test")).isEqualTo(i % 2 == 0 ? "403" : "200");
        }
    }

    // ---- reload: listeners ----

    @Test
    void a_client_that_waits_to_be_accepted_outlives_any_number_of_reloads() throws Exception {
        apply(rules("{to: direct}"));
        try (Socket client = dial(port("in"))) {
            for (int i = 0; i < 5; i++) {
                apply(rules("{to: direct}"));
            }
            assertThat(connect(client, "plain.test")).isEqualTo("200");
            origin.accept().close();
        }
    }

    @Test
    void other_options_take_effect_without_unbinding() throws Exception {
        apply(rules("{to: direct}"));
        int port = port("in");
        try (Through before = new Through("plain.test")) {
            apply(listeners("{type: mixed, name: in, listen: \"127.0.0.1:0\", users: {anna: s3cret}}"));
            assertThat(port("in")).isEqualTo(port);
            assertThat(status("plain.test")).isEqualTo("407");
            assertThat(before.lives()).isTrue();
        }
    }

    @Test
    void another_protocol_can_take_the_place_of_one() throws Exception {
        apply(rules("{to: direct}"));
        int port = port("in");
        apply(listeners("{type: socks, name: in, listen: \"127.0.0.1:0\"}"));
        assertThat(port("in")).isEqualTo(port);
        try (Socket client = dial(port)) {
            client.getOutputStream().write(new byte[] {5, 1, 0});
            assertThat(client.getInputStream().readNBytes(2)).containsExactly(5, 0);
        }
    }

    @Test
    void listeners_come_and_go() throws Exception {
        apply(rules("{to: direct}"));
        int first = port("in");
        apply(listeners(
                "{type: mixed, name: in, listen: \"127.0.0.1:0\"}, {type: http, name: two, listen: \"127.0.0.1:0\"}"));
        assertThat(port("in")).isEqualTo(first);
        int second = port("two");
        assertThat(second).isNotEqualTo(first);
        dial(second).close();
        apply(rules("{to: direct}"));
        assertThat(proxy.addresses().keySet()).containsExactly("in");
        Awaitility.await().until(() -> isRefused(second));
        dial(first).close();
    }

    private boolean isRefused(int port) {
        try (Socket socket = dial(port)) {
            return !socket.isConnected();
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void a_port_that_cannot_be_bound_changes_nothing() throws Exception {
        apply(rules("{to: direct}"));
        int port = port("in");
        Future<Proxy.Report> done = tryApply(
                listeners("{type: http, name: fresh, listen: \"127.0.0.1:0\"},"
                                + " {type: http, name: taken, listen: \"127.0.0.1:" + origin.getLocalPort() + "\"}")
                        + "rules: [{to: block}]\n",
                new Problems());
        assertThat(done.cause()).isInstanceOf(BindFailure.class);
        assertThat(((BindFailure) done.cause()).reason()).isEqualTo(BindFailure.Reason.TAKEN);
        assertThat(proxy.addresses()).containsOnlyKeys("in");
        assertThat(port("in")).isEqualTo(port);
        assertThat(status("plain.test")).isEqualTo("200");
    }

    @Test
    void a_listener_can_be_opened_to_the_network_on_its_own_port_and_closed_again() throws Exception {
        int port = freePort();
        String home = "{type: mixed, name: in, listen: \"127.0.0.1:" + port + "\"}";
        String wide = "{type: mixed, name: in, listen: \"0.0.0.0:" + port + "\", lan: trusted}";
        apply(listeners(home));
        try (Through flow = new Through("plain.test")) {
            apply(listeners(wide));
            assertThat(proxy.addresses().get("in").getAddress().isAnyLocalAddress())
                    .isTrue();
            assertThat(status("plain.test")).isEqualTo("200");
            apply(listeners(home));
            assertThat(proxy.addresses().get("in")).isEqualTo(new InetSocketAddress(HERE, port));
            assertThat(status("plain.test")).isEqualTo("200");
            assertThat(flow.lives()).isTrue();
        }
    }

    @Test
    void a_listener_that_had_to_make_room_in_vain_comes_back() throws Exception {
        int port = freePort();
        apply(listeners("{type: mixed, name: in, listen: \"127.0.0.1:" + port + "\"}"));
        Future<Proxy.Report> done = tryApply(
                listeners("{type: mixed, name: wide, listen: \"0.0.0.0:" + port + "\", lan: trusted},"
                        + " {type: http, name: taken, listen: \"127.0.0.1:" + origin.getLocalPort() + "\"}"),
                new Problems());
        assertThat(done.cause()).isInstanceOf(BindFailure.class);
        assertThat(proxy.addresses()).containsOnlyKeys("in");
        assertThat(status("plain.test")).isEqualTo("200");
    }

    @Test
    void another_address_with_a_port_of_the_systems_choice_is_another_listener() throws Exception {
        apply(rules("{to: direct}"));
        apply(listeners("{type: mixed, name: in, listen: \"127.0.0.2:0\"}"));
        assertThat(proxy.addresses().get("in").getAddress())
                .isEqualTo(InetAddress.getByAddress(new byte[] {127, 0, 0, 2}));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, HERE)) {
            return socket.getLocalPort();
        }
    }

    // ---- UDP ----

    @Test
    void an_association_ends_when_new_rules_send_its_datagrams_to_a_tunnel() throws Exception {
        apply(rules("{to: direct}"));
        try (java.net.DatagramSocket far = new java.net.DatagramSocket(0, HERE);
                java.net.DatagramSocket near = new java.net.DatagramSocket(0, HERE);
                Socket control = dial(port("in"))) {
            far.setSoTimeout(5000);
            near.setSoTimeout(5000);
            control.getOutputStream().write(new byte[] {5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
            byte[] reply = control.getInputStream().readNBytes(12);
            InetSocketAddress relay = new InetSocketAddress(HERE, (reply[10] & 0xff) << 8 | reply[11] & 0xff);
            int port = far.getLocalPort();
            byte[] datagram = {0, 0, 0, 1, 127, 0, 0, 1, (byte) (port >> 8), (byte) port, 'h', 'i'};
            near.send(new java.net.DatagramPacket(datagram, datagram.length, relay));
            java.net.DatagramPacket seen = new java.net.DatagramPacket(new byte[100], 100);
            far.receive(seen);
            assertThat(seen.getLength()).isEqualTo(2);
            far.send(new java.net.DatagramPacket(new byte[] {'y', 'o'}, 2, seen.getSocketAddress()));
            java.net.DatagramPacket back = new java.net.DatagramPacket(new byte[100], 100);
            near.receive(back);
            assertThat(back.getLength()).isEqualTo(12);
            assertThat(proxy.running()).isEqualTo(1);

            apply(rules("{ip-cidr: 10.0.0.0/8, to: block}, {to: direct}"));
            near.send(new java.net.DatagramPacket(datagram, datagram.length, relay));
            far.receive(seen);
            apply(rules("{to: far}"));
            assertThat(control.getInputStream().read()).isEqualTo(-1);
            Awaitility.await().until(() -> proxy.running() == 0);
        }
    }

    // ---- stop ----

    @Test
    void draining_refuses_new_clients_and_lets_flows_run() throws Exception {
        apply(rules("{to: direct}"));
        int port = port("in");
        try (Through flow = new Through("plain.test")) {
            proxy.drain();
            Awaitility.await().until(() -> isRefused(port));
            assertThat(flow.lives()).isTrue();
            proxy.stop();
            assertThat(flow.ends()).isTrue();
        }
    }

    @Test
    void before_the_first_config_nothing_is_known() {
        assertThat(proxy.inquiry()).isNull();
        assertThat(proxy.files()).isEmpty();
        assertThat(proxy.addresses()).isEmpty();
    }
}
