package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Host;
import dev.fenliu.net.SelfSigned;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The load generator's battery through every road: each byte is compared with a pattern, streams are half-closed by
 * either side, and 200 run at once. A listener for each road; rules choose by listener.
 */
@Tag("program")
@Timeout(300)
class BatteryTest {
    private static final long GIB = 1L << 30;

    @TempDir
    static Path folder;

    private static Path pbench;
    private static AutoCloseable sink;
    private static int sinkPort;
    private static Fenliu far;
    private static Fenliu farther;
    private static Fenliu home;

    @BeforeAll
    static void start() throws Exception {
        pbench = folder.resolve("pbench");
        Path source = folder.resolve("pbench.c");
        try (InputStream in = BatteryTest.class.getResourceAsStream("/pbench.c")) {
            Files.copy(in, source);
        }
        Programs.output(Programs.require("gcc"), "-O2", "-w", "-o", pbench.toString(), source.toString());
        sinkPort = Programs.freePort();
        sink = Programs.serve(folder.resolve("sink.log"), pbench.toString(), "sink", Integer.toString(sinkPort));
        Programs.awaitPort(sinkPort);
        SelfSigned certificate = SelfSigned.generate(List.of(Host.parse("far.test")), Instant.now());
        Files.writeString(folder.resolve("cert.pem"), certificate.certificate());
        Files.writeString(folder.resolve("key.pem"), certificate.privateKey());
        far = Fenliu.start(folder, "far", """
                listeners:
                  - {type: trojan, name: trojan, listen: "127.0.0.1:0", password: s3cret, certificate: cert.pem,
                     private-key: key.pem, allow-private: true}
                  - {type: shadowsocks, name: shadowsocks, listen: "127.0.0.1:0", method: aes-128-gcm, password: s3cret,
                     allow-private: true}
                rules: [{to: direct}]
                """);
        farther = Fenliu.start(folder, "farther", """
                listeners:
                  - {type: shadowsocks, name: end, listen: "127.0.0.1:0", method: aes-256-gcm, password: s3cret,
                     allow-private: true}
                rules: [{to: direct}]
                """);
        home = Fenliu.start(folder, "home", """
                listeners:
                  - {type: mixed, name: direct, listen: "127.0.0.1:0"}
                  - {type: mixed, name: trojan, listen: "127.0.0.1:0"}
                  - {type: mixed, name: shadowsocks, listen: "127.0.0.1:0"}
                  - {type: mixed, name: chain, listen: "127.0.0.1:0"}
                outbounds:
                  t: {type: trojan, server: "127.0.0.1:%d", password: s3cret, sni: far.test, pin: "%s"}
                  s: {type: shadowsocks, server: "127.0.0.1:%d", method: aes-128-gcm, password: s3cret}
                  c: {type: shadowsocks, server: "127.0.0.1:%d", method: aes-256-gcm, password: s3cret, via: t}
                rules:
                  - {listener: trojan, to: t}
                  - {listener: shadowsocks, to: s}
                  - {listener: chain, to: c}
                  - {to: direct}
                """.formatted(
                        far.port("trojan"), certificate.pin(), far.port("shadowsocks"), farther.port("end")));
    }

    @AfterAll
    static void stop() throws Exception {
        home.close();
        far.close();
        farther.close();
        sink.close();
    }

    private static String pbench(String via, String road, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                pbench.toString(),
                "run",
                "--via",
                via,
                "--proxy",
                "127.0.0.1:" + home.port(road),
                "--target",
                "localhost:" + sinkPort));
        command.addAll(List.of(more));
        return Programs.output(command.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({
        "socks5, direct",
        "connect, direct",
        "socks5, trojan",
        "connect, trojan",
        "socks5, shadowsocks",
        "connect, shadowsocks",
        "socks5, chain",
        "connect, chain",
    })
    void every_byte_and_every_ending_is_right(String via, String road) throws Exception {
        assertThat(pbench(via, road, "--mode", "check").lines()).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource({"socks5, direct", "socks5, trojan", "socks5, shadowsocks", "connect, chain"})
    void two_hundred_streams_at_once(String via, String road) throws Exception {
        String report = pbench(
                via, road, "--mode", "down", "--conns", "200", "--ramp", "200", "--bytes", "1000000", "--secs", "60");
        assertThat(report).contains("\"errors\":0").contains("\"conns\":200");
    }

    @ParameterizedTest
    @CsvSource({"direct", "trojan", "shadowsocks"})
    void a_gibibyte_each_way(String road) throws Exception {
        for (String way : List.of("down", "up")) {
            String report = pbench(
                    "socks5", road, "--mode", way, "--conns", "4", "--bytes", Long.toString(GIB / 4), "--secs", "120");
            assertThat(report).contains("\"errors\":0").contains("\"bytes\":" + GIB + ",");
        }
    }

    @ParameterizedTest
    @CsvSource({"direct", "trojan", "shadowsocks", "chain"})
    void datagrams_come_back(String road) throws Exception {
        assertThat(pbench("socks5", road, "--mode", "udp", "--conns", "8", "--secs", "1", "--window", "2"))
                .contains("\"errors\":0");
    }
}
