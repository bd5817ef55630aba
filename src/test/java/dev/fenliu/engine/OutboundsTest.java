package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.model.Destination;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Group;
import dev.fenliu.outbound.Outbound;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.DataInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class OutboundsTest {
    private final EventLoopGroup loops = Sockets.loops(1);
    private final Kept kept = Kept.fresh(loops, System::nanoTime, Path.of("none"));

    @AfterEach
    void stop() {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private Map<String, Outbound> build(String yaml) {
        return Built.assembly(yaml, kept).generation().outbounds();
    }

    private static List<String> errors(String yaml) {
        Problems problems = new Problems();
        ConfigReader.read("test.yaml", Optional.empty(), yaml, Built.PROTOCOLS, problems);
        return problems.all().stream().map(Problem::toString).toList();
    }

    @Test
    void direct_and_block_are_always_there() {
        assertThat(build("").keySet()).containsExactlyInAnyOrder("direct", "block");
    }

    @Test
    void a_chain_reaches_the_second_server_through_the_first_and_sends_it_the_name() throws Exception {
        try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Outbound far = build("""
                            outbounds:
                              far: {type: socks5, server: "far.test:1080", via: near}
                              near: {type: socks5, server: "127.0.0.1:%d"}
                            """.formatted(first.getLocalPort())).get("far");
            Future<Channel> dialled = far.connect(Dial.own(Destination.parse("origin.test:443"), loops.next()));
            try (Socket server = first.accept()) {
                DataInputStream in = new DataInputStream(server.getInputStream());
                assertThat(connect(in, server)).isEqualTo("far.test:1080");
                assertThat(connect(in, server)).isEqualTo("origin.test:443");
                dialled.get(5, TimeUnit.SECONDS).close();
            }
        }
    }

    /** Plays a SOCKS5 server without login; what it is asked for. */
    private static String connect(DataInputStream in, Socket server) throws Exception {
        in.readByte();
        in.skipNBytes(in.readByte());
        server.getOutputStream().write(new byte[] {5, 0});
        in.skipNBytes(4);
        String name = new String(in.readNBytes(in.readByte()), StandardCharsets.US_ASCII);
        int port = in.readUnsignedShort();
        server.getOutputStream().write(new byte[] {5, 0, 0, 1, 127, 0, 0, 1, 0, 1});
        return name + ":" + port;
    }

    @Test
    void groups_keep_the_order_of_the_config_whatever_they_name() {
        Map<String, Outbound> built = build("""
                groups:
                  outer: {type: fallback, members: [inner, b, direct]}
                  inner: {type: select, members: [b, a]}
                outbounds:
                  a: {type: socks5, server: "127.0.0.1:1"}
                  b: {type: socks5, server: "127.0.0.1:2"}
                """);
        assertThat(((Group) built.get("outer")).order())
                .extracting(Outbound::name)
                .containsExactly("inner", "b", "direct");
        assertThat(((Group) built.get("inner")).order())
                .extracting(Outbound::name)
                .containsExactly("b");
        kept.selections().put("inner", "a");
        assertThat(((Group) built.get("inner")).order())
                .extracting(Outbound::name)
                .containsExactly("a");
        assertThat(((Group) built.get("outer")).order().get(1)).isSameAs(built.get("b"));
    }

    @Test
    void only_what_uses_this_machine_as_it_is_counts_as_plain() {
        Config config = Built.config("""
                outbounds:
                  also: {type: direct}
                  other: {type: direct, source-address: 127.0.0.2}
                  far: {type: socks5, server: "127.0.0.1:1"}
                """);
        assertThat(Outbounds.plain(config)).containsExactlyInAnyOrder("direct", "also");
    }

    @Test
    void a_group_leaves_plainly_when_a_member_would_do_so_now() {
        Generation generation = Built.assembly("""
                        groups:
                          loose: {type: fallback, members: [far, direct]}
                          outer: {type: select, members: [loose]}
                          tight: {type: select, members: [far, direct]}
                          none: {type: select, members: []}
                        outbounds: {far: {type: socks5, server: "127.0.0.1:1"}}
                        """, kept).generation();
        assertThat(generation.leavesPlainly("direct")).isTrue();
        assertThat(generation.leavesPlainly("loose")).isTrue();
        assertThat(generation.leavesPlainly("outer")).isTrue();
        assertThat(generation.leavesPlainly("tight")).isFalse();
        assertThat(generation.leavesPlainly("none")).isFalse();
        assertThat(generation.leavesPlainly("far")).isFalse();
    }

    @Test
    void a_direct_outbound_cannot_pretend_to_go_through_another() {
        assertThat(errors("""
                outbounds:
                  far: {type: socks5, server: "127.0.0.1:1"}
                  out: {type: direct, via: far}
                """))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("test.yaml:3:")
                .contains("goes direct");
    }

    @Test
    void circles_and_unknown_names_are_told_where_they_stand() {
        assertThat(errors("""
                outbounds:
                  a: {type: socks5, server: "127.0.0.1:1", via: b}
                  b: {type: socks5, server: "127.0.0.1:1", via: g}
                groups: {g: {type: select, members: [a]}}
                """)).hasSize(1).first().asString().contains("g → a → b → g");
        assertThat(errors("groups: {g: {type: select, members: [driect]}}"))
                .first()
                .asString()
                .contains("driect", "direct");
    }
}
