package dev.fenliu.app;

import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.FlowLog;
import dev.fenliu.engine.Kept;
import dev.fenliu.engine.Proxy;
import dev.fenliu.net.Sockets;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The promises of the proxy, tried on this machine: the home end and the tunnel's server in this process, and between and
 * around them a {@link Provider} that looks for names which it must never see.
 */
final class SelfTest implements AutoCloseable {
    /** What was tried and came out. */
    record Finding(boolean proved, String text) {}

    /** One promise. @return what was proved, in plain words */
    @FunctionalInterface
    private interface Trial {
        String prove() throws Exception;
    }

    private static final class Broken extends Exception {
        private static final long serialVersionUID = 1L;

        Broken(String message) {
            super(message, null, false, false);
        }
    }

    private static final String THROUGH_TUNNEL = "from 127.0.0.2";
    private static final String DIRECTLY = "from 127.0.0.1";
    private static final String RESOLVED = "127.0.0.1";
    private static final int RELOADS = 10;

    /** Must be in the label of each name that a rule tunnels: whoever sees it in clear has found a leak. */
    private final String secret =
            String.format(Locale.ROOT, "s%07x", RandomGenerator.getDefault().nextInt(1 << 28));

    private final List<String> hidden = List.of(
            "exact." + secret + ".test",
            "www.suffix-" + secret + ".test",
            "a.keyword-" + secret + ".test",
            "regex7-" + secret + ".test");
    private final String plain = "plain-" + secret.replace('s', 'p') + ".test";
    private final String moved = "moved-" + secret.replace('s', 'm') + ".test";
    private final EventLoopGroup loops = Sockets.loops(2);
    private final OwnTunnel own;
    private final Provider provider;
    private final Proxy far;
    private final Proxy home;
    private Entrance.Ports ports = new Entrance.Ports(0, 0, 0, 0);

    /** @param road where the hosts go that must be hidden: tunnel, if not to try what a leak looks like */
    SelfTest(String road) throws IOException {
        own = new OwnTunnel("fenliu-selftest").fill("ROAD", road);
        provider = new Provider();
        far = proxy("far");
        home = proxy("home");
    }

    private Proxy proxy(String name) {
        return new Proxy(Kept.fresh(loops, System::nanoTime, own.file(name + ".state")), new FlowLog(), () -> {});
    }

    /** Tries everything, in about eight seconds, and tells of each finding at once. */
    void run(Consumer<Finding> found) throws Exception {
        start();
        for (Trial trial : List.<Trial>of(
                this::direct,
                this::tunnelled,
                this::cached,
                this::cut,
                this::mended,
                this::silent,
                this::reloaded,
                this::moved)) {
            Finding finding;
            try {
                finding = new Finding(true, trial.prove());
            } catch (IOException | Broken e) {
                finding = new Finding(false, String.valueOf(e.getMessage()));
            }
            int seen = provider.sightings(secret);
            found.accept(
                    seen == 0
                            ? finding
                            : new Finding(
                                    false,
                                    "LEAK: your provider would have seen a name that a rule tunnels, " + seen
                                            + " times. " + finding.text()));
        }
    }

    private void start() throws Exception {
        own.fill("DNS", Integer.toString(provider.resolverPort()))
                .fill("WIRE", Integer.toString(provider.wirePort()))
                .fill("SECRET", secret)
                .fill("MOVED", moved)
                .fill("MOVED-TO", "direct");
        apply(far, own.config("selftest-server.yaml"));
        provider.leadTo(port(far, "tunnel"));
        apply(home, own.config("selftest-home.yaml"));
        ports = new Entrance.Ports(
                port(home, "proxy"), port(home, "names"), provider.originPort(), provider.datagramPort());
    }

    private static int port(Proxy proxy, String listener) {
        return Objects.requireNonNull(proxy.addresses().get(listener)).getPort();
    }

    private static void apply(Proxy proxy, Config config) throws Exception {
        Future<Proxy.Report> applied = proxy.apply(config, new Problems()).await();
        if (!applied.isSuccess()) {
            throw new Broken(
                    "the config did not come into force: " + applied.cause().getMessage());
        }
    }

    /** This is also the control of the rest: a test that cannot see a leak proves nothing. */
    private String direct() throws Exception {
        for (Entrance entrance : Entrance.values()) {
            expect(entrance, plain, entrance == Entrance.QUERY ? RESOLVED : DIRECTLY);
        }
        int seen = provider.sightings(plain.substring(0, plain.indexOf('.')));
        if (seen < 2) {
            throw new Broken("this test does not see what goes direct, so it could not see a leak");
        }
        return "A host that no rule tunnels goes direct. Your provider would see its name; this test did, " + seen
                + " times, so it would see a leak too.";
    }

    private String tunnelled() throws Exception {
        int before = provider.size();
        for (String name : hidden) {
            for (Entrance entrance : Entrance.values()) {
                expect(entrance, name, entrance == Entrance.QUERY ? RESOLVED : THROUGH_TUNNEL);
            }
        }
        return "Hosts that a rule tunnels arrive through the tunnel, by SOCKS, CONNECT, plain HTTP and UDP, and so do"
                + " questions for their addresses. None of their names was in the " + (provider.size() - before)
                + " bytes that your provider would see.";
    }

    private String cached() throws Exception {
        String label = plain.substring(0, plain.indexOf('.'));
        int once = provider.sightings(label);
        expect(Entrance.SOCKS, plain, DIRECTLY); // says the name to nobody but the resolver
        expect(Entrance.QUERY, plain, RESOLVED);
        if (provider.sightings(label) != once) {
            throw new Broken("the address of a host was asked for again");
        }
        return "A name is asked for once; after that its address comes from the cache.";
    }

    private String cut() throws Exception {
        try (Socket secretly = Entrance.stream(ports, hidden.get(0));
                Socket plainly = Entrance.stream(ports, plain)) {
            expect(THROUGH_TUNNEL, Entrance.line(secretly));
            provider.set(Provider.Wire.CUT);
            ends(secretly);
            int refused = refusals();
            expect(DIRECTLY, Entrance.line(plainly));
            return "When the tunnel is cut, its streams end and " + refused + " of " + refused
                    + " new requests are refused, by every entrance; nothing goes direct instead, while direct hosts go on"
                    + " as before.";
        }
    }

    /** Of hosts that nobody has asked for yet: their addresses are in no cache. */
    private int refusals() throws Broken {
        int refused = 0;
        for (Entrance entrance : Entrance.values()) {
            refused += refused(entrance, entrance.name().toLowerCase(Locale.ROOT) + ".suffix-" + secret + ".test");
        }
        return refused;
    }

    private String mended() throws Exception {
        provider.set(Provider.Wire.WHOLE);
        long from = System.nanoTime();
        while (true) {
            try {
                expect(Entrance.CONNECT, hidden.get(1), THROUGH_TUNNEL);
                break;
            } catch (IOException e) {
                if (System.nanoTime() - from > TimeUnit.SECONDS.toNanos(5)) {
                    throw new Broken("the tunnel is there again, but hosts are still refused: " + e.getMessage());
                }
                Thread.sleep(50);
            }
        }
        return "When the tunnel is back, so are its hosts, " + (System.nanoTime() - from) / 1_000_000 + " ms later.";
    }

    private String silent() throws Exception {
        provider.set(Provider.Wire.SILENT);
        long from = System.nanoTime();
        refused(Entrance.CONNECT, hidden.get(2));
        long millis = (System.nanoTime() - from) / 1_000_000;
        provider.set(Provider.Wire.WHOLE);
        return "A tunnel that takes requests and never answers is given up after " + millis
                + " ms, and nothing goes direct instead.";
    }

    private String reloaded() throws Exception {
        try (Socket stream = Entrance.stream(ports, plain)) {
            for (int reload = 0; reload < RELOADS; reload++) {
                apply(home, own.config("selftest-home.yaml"));
                expect(Entrance.SOCKS, plain, DIRECTLY);
                expect(DIRECTLY, Entrance.line(stream));
            }
        }
        return RELOADS + " reloads broke no stream and refused no request.";
    }

    private String moved() throws Exception {
        try (Socket stream = Entrance.stream(ports, moved)) {
            expect(DIRECTLY, Entrance.line(stream));
            apply(home, own.fill("MOVED-TO", "tunnel").config("selftest-home.yaml"));
            ends(stream);
            expect(Entrance.SOCKS, moved, THROUGH_TUNNEL);
        }
        return "A rule that sends a host to the tunnel from now on ends its direct streams at once; new ones take the"
                + " tunnel.";
    }

    private void expect(Entrance entrance, String host, String answer) throws IOException, Broken {
        String got = entrance.ask(ports, host);
        if (!got.equals(answer)) {
            throw new Broken(
                    host + ", asked for by " + entrance + ", answered \"" + got + "\" and not \"" + answer + "\"");
        }
    }

    private static void expect(String answer, String got) throws Broken {
        if (!got.equals(answer)) {
            throw new Broken("a stream answered \"" + got + "\" and not \"" + answer + "\"");
        }
    }

    private int refused(Entrance entrance, String host) throws Broken {
        String got;
        try {
            got = entrance.ask(ports, host);
        } catch (IOException e) {
            return 1;
        }
        throw new Broken(host + ", asked for by " + entrance + ", answered \"" + got + "\" with the tunnel down");
    }

    private static void ends(Socket stream) throws Broken {
        try {
            if (stream.getInputStream().read() < 0) {
                return;
            }
        } catch (java.net.SocketTimeoutException e) {
            // goes on
        } catch (IOException e) {
            return;
        }
        throw new Broken("a stream goes on that must end");
    }

    @Override
    public void close() throws IOException {
        home.drain().forEach(closing -> closing.awaitUninterruptibly(1_000));
        far.drain().forEach(closing -> closing.awaitUninterruptibly(1_000));
        home.stop();
        far.stop();
        provider.close();
        loops.shutdownGracefully(0, 500, TimeUnit.MILLISECONDS).awaitUninterruptibly(1_000);
        own.close();
    }
}
