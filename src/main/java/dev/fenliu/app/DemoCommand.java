package dev.fenliu.app;

import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.model.Host;
import dev.fenliu.net.SelfSigned;
import dev.fenliu.net.Sockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code fenliu demo}: both ends on this machine. A real tunnel server on loopback with a certificate made now, the proxy
 * with the OpenAI rules in front of it, and a page that tells which road a request took. Ctrl-C removes all traces.
 */
@Command(
        name = "demo",
        description = "Show the split on this machine: a tunnel server, the proxy, and lines to try.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "The port of the proxy (${DEFAULT-VALUE}).",
            defaultValue = "7890")
    private int port;

    @Option(
            names = "--once",
            hidden = true,
            description = "Make both requests, on a free port, and end: what the launcher learns the classes from.")
    private boolean once;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        if (port < 1 || port > 65_535) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--port " + port + " (expected: 1-65535)");
        }
        Path folder = Files.createTempDirectory(
                "fenliu-demo", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Thread sweep = new Thread(() -> remove(folder));
        Runtime.getRuntime().addShutdownHook(sweep);
        try (DemoPage page = new DemoPage()) {
            serve(folder, page);
        } finally {
            remove(folder);
        }
        return ExitCode.OK;
    }

    private void serve(Path folder, DemoPage page) throws Exception {
        String password = password();
        Files.writeString(folder.resolve("password"), password);
        SelfSigned certificate = SelfSigned.generate(List.of(Host.parse("tunnel.fenliu.test")), Instant.now());
        Files.writeString(folder.resolve("cert.pem"), certificate.certificate());
        Files.writeString(folder.resolve("key.pem"), certificate.privateKey());
        Map<String, String> values = Map.of(
                "PAGE",
                page.address().getHostString(),
                "PIN",
                certificate.pin(),
                "PORT",
                Integer.toString(once ? 0 : port));

        Service server = service(folder, "demo-server.yaml", values);
        server.start(new Problems());
        InetSocketAddress tunnel = server.address();
        values = new java.util.HashMap<>(values);
        values.put("TUNNEL", Sockets.text(tunnel));
        Service client = service(folder, "demo-client.yaml", values);
        try {
            client.obeySignals();
            Signals.handle("HUP", client::wantStop); // the terminal was closed
            client.start(new Problems());
            page.explains(client::explain);
            if (once) {
                ask(client.address(), "tunnel", page.address().getPort());
                ask(client.address(), "direct", page.address().getPort());
            } else {
                talk(page, tunnel);
                client.untilStopped();
            }
        } finally {
            client.close();
            server.close();
        }
    }

    private static Service service(Path folder, String name, Map<String, String> values) throws Stop, IOException {
        String text = ConfigSource.resource(name);
        for (Map.Entry<String, String> value : values.entrySet()) {
            text = text.replace("@" + value.getKey() + "@", value.getValue());
        }
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        Problems problems = new Problems();
        Config config = ConfigReader.read(name, Optional.of(file), text, Catalog.PROTOCOLS, problems);
        if (config == null) {
            Terminal.print(problems);
            throw new Stop(ExitCode.FAILED, "the demo's own config is broken");
        }
        return new Service(new ConfigSource(name, Optional.of(file)), config, folder.resolve(name + ".state"));
    }

    private static void ask(InetSocketAddress proxy, String road, int port) throws Stop, IOException {
        try (Socket socket = new Socket(proxy.getAddress(), proxy.getPort())) {
            socket.setSoTimeout(30_000);
            String host = road + ".fenliu.test:" + port;
            String request = "GET http://" + host + "/ HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String page = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!page.contains("road: " + road)) {
                throw new Stop(ExitCode.FAILED, "the request to " + host + " got " + page);
            }
        }
    }

    private void talk(DemoPage page, InetSocketAddress tunnel) {
        String proxy = "127.0.0.1:" + port;
        String suffix =
                page.address().getPort() == 80 ? "" : ":" + page.address().getPort();
        System.err.println("The tunnel's server is on " + Sockets.text(tunnel) + " (Trojan over TLS), the proxy on "
                + proxy + " (SOCKS and HTTP).");
        System.err.println("Try, in another terminal:");
        System.out.println("  curl -x http://" + proxy + " http://tunnel.fenliu.test" + suffix + "/");
        System.out.println("  curl -x http://" + proxy + " http://direct.fenliu.test" + suffix + "/");
        System.out.println("  curl -x socks5h://" + proxy + " -sI https://chatgpt.com/");
        System.out.println("  curl -x socks5h://" + proxy + " -sI https://example.org/");
        System.out.println("  chromium --proxy-server=socks5://" + proxy + " http://tunnel.fenliu.test" + suffix + "/");
        System.out.flush();
        System.err.println("Each flow is shown below as it ends: path= names its road. Ctrl-C ends the demo.");
    }

    private static String password() {
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    private static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (IOException | UncheckedIOException e) {
            System.err.println("could not remove " + folder + ": " + e.getMessage());
        }
    }
}
