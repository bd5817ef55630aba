package dev.fenliu.e2e;

import dev.fenliu.model.Host;
import dev.fenliu.net.SelfSigned;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * Both ends and the origins, as a user has them: the home end sends {@code openai.test} to a Trojan tunnel whose server
 * end dials from another address than the home end does; {@code plain.test} goes direct. Only the server end knows the
 * address of {@code openai.test}.
 */
public final class Split implements AutoCloseable {
    public static final String TUNNELLED = "chat.openai.test";
    public static final String DIRECT = "www.plain.test";

    public final Origin origin;
    public final Fenliu server;
    public final Fenliu home;

    private Split(Origin origin, Fenliu server, Fenliu home) {
        this.origin = origin;
        this.server = server;
        this.home = home;
    }

    /**
     * Starts all of it.
     *
     * @param tunnel the type of both ends: {@code trojan} or {@code shadowsocks}
     */
    public static Split start(Path folder, String tunnel) throws Exception {
        return start(folder, tunnel, "", "");
    }

    /** The same with more outbounds and more keys at the home end, as lines of YAML. */
    static Split start(Path folder, String tunnel, String outbounds, String keys) throws Exception {
        Files.createDirectories(folder);
        Origin origin = new Origin();
        SelfSigned certificate = SelfSigned.generate(List.of(Host.parse("far.test")), Instant.now());
        Files.writeString(folder.resolve("cert.pem"), certificate.certificate());
        Files.writeString(folder.resolve("key.pem"), certificate.privateKey());
        Fenliu server = Fenliu.start(folder, "server", serverConfig(tunnel));
        Fenliu home = Fenliu.start(
                folder,
                "home",
                homeConfig(tunnel, server.port("far"), certificate.pin()).replace("groups:", outbounds + "groups:")
                        + keys);
        return new Split(origin, server, home);
    }

    private static String serverConfig(String tunnel) {
        String listener = tunnel.equals("trojan")
                ? "{type: trojan, name: far, listen: \"127.0.0.1:0\", users: {anna: s3cret}, certificate: cert.pem,"
                        + " private-key: key.pem, allow-private: true}"
                : "{type: shadowsocks, name: far, listen: \"127.0.0.1:0\", method: aes-128-gcm, password: s3cret,"
                        + " allow-private: true}";
        return """
                listeners: [%s]
                outbounds: {out: {type: direct, source-address: 127.0.0.2}}
                rules: [{to: out}]
                dns: {direct: ["udp://127.0.0.1:9"], hosts: {chat.openai.test: 127.0.0.1, www.plain.test: 127.0.0.1}}
                log: {flows: on}
                """.formatted(listener);
    }

    static String homeConfig(String tunnel, int port, String pin) {
        String outbound = tunnel.equals("trojan")
                ? "{type: trojan, server: \"127.0.0.1:%d\", password: s3cret, sni: far.test, pin: \"%s\"}"
                        .formatted(port, pin)
                : "{type: shadowsocks, server: \"127.0.0.1:%d\", method: aes-128-gcm, password: s3cret}"
                        .formatted(port);
        return """
                listeners: [{type: mixed, name: in, listen: "127.0.0.1:0"}]
                outbounds:
                  vps: %s
                groups: {ai: {type: fallback, members: [vps]}}
                rules:
                  - {domain-suffix: openai.test, to: ai}
                  - {to: direct}
                rule-tests: [{host: chat.openai.test, to: ai}]
                dns: {direct: ["udp://127.0.0.1:9"], hosts: {www.plain.test: 127.0.0.1, own.plain.test: 127.0.0.1}}
                log: {flows: on}
                """.formatted(outbound);
    }

    /** The port of the home end. */
    public int port() {
        return home.port("in");
    }

    /** The address of a page at the origin. */
    public String url(String host) {
        return "http://" + host + ":" + origin.port() + "/";
    }

    @Override
    public void close() throws Exception {
        home.close();
        server.close();
        origin.close();
    }
}
