package dev.fenliu.app;

import dev.fenliu.config.Problems;
import dev.fenliu.net.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
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
        try (OwnTunnel own = new OwnTunnel("fenliu-demo");
                DemoPage page = new DemoPage()) {
            serve(own, page);
        }
        return ExitCode.OK;
    }

    private void serve(OwnTunnel own, DemoPage page) throws Exception {
        own.fill("PAGE", page.address().getHostString()).fill("PORT", Integer.toString(once ? 0 : port));
        Service server = service(own, "demo-server.yaml");
        server.start(new Problems());
        InetSocketAddress tunnel = server.address();
        Service client = service(own.fill("TUNNEL", Sockets.text(tunnel)), "demo-client.yaml");
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

    private static Service service(OwnTunnel own, String name) throws Stop, IOException {
        ConfigSource source = new ConfigSource(name, Optional.of(own.file(name)));
        return new Service(source, own.config(name), own.file(name + ".state"));
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
}
