package dev.fenliu.app;

import dev.fenliu.app.pair.Addressing;
import dev.fenliu.app.pair.PairingReception;
import dev.fenliu.app.pair.PairingString;
import dev.fenliu.app.pair.ServerFolder;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Type;
import dev.fenliu.engine.Config;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Host;
import dev.fenliu.net.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fenliu serve}: the server end of a tunnel. Its first start makes all that it needs and shows a pairing string. */
@Command(
        name = "serve",
        description =
                "The server end of a tunnel, on a machine that you rent. The first start makes keys, a certificate and"
                        + " a config, and shows a pairing string for `fenliu pair` at home, once.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    static final String FIRST_USER = "home";

    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);
    private static final String HANDOVER = "handover";
    private static final int COUNT_SECONDS = 5;
    private static final int RENEW_MINUTES = 60;

    @Option(names = "--folder", paramLabel = "DIR", description = "Where its files are; in the state folder if absent.")
    private @Nullable Path folder;

    @Option(
            names = "--address",
            paramLabel = "NAME-or-IP",
            description = "How the server is reached from outside, where that is not an address of this machine.")
    private @Nullable String address;

    @Option(
            names = "--domain",
            paramLabel = "NAME",
            description =
                    "A name whose DNS record leads here: its certificate comes from an authority, which asks at port"
                            + " 80, now and at each renewal.")
    private @Nullable String domain;

    @Option(
            names = "--authority",
            paramLabel = "URL",
            description = "The ACME directory of the authority (${DEFAULT-VALUE}).",
            defaultValue = "https://acme-v02.api.letsencrypt.org/directory")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private URI authority;

    @Option(
            names = "--challenge-port",
            hidden = true,
            description = "Where the questions of the authority arrive, if somebody passes port 80 on.",
            defaultValue = "80")
    private int challengePort;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "At the first start: 443 if it is free, else a high one.")
    private int port;

    @Option(
            names = "--take-over",
            description =
                    "Take the place of the one that runs, if one does, such as an older version: it ends when its flows have.")
    private boolean takeOver;

    /** Where the files of the server are. */
    static Path defaultFolder() {
        return StateFolder.path().resolve("server");
    }

    @Override
    public Integer call() throws Exception {
        ServerFolder server = new ServerFolder(folder == null ? defaultFolder() : folder);
        boolean fresh = !server.exists();
        try {
            if (fresh) {
                make(server);
            } else if (address != null && domain == null) {
                server.address(host(address), false);
            }
            if (domain != null) {
                choose(server, host(domain), authority);
            }
        } catch (AccessDeniedException e) {
            throw new Stop(ExitCode.PERMISSION, "cannot write to " + server.path() + ": permission denied");
        } catch (IOException e) {
            throw new Stop(ExitCode.FAILED, server.path() + ": " + Type.reason(e));
        }
        Certificates certificates = new Certificates(server, InstantSource.system(), challengePort);
        try {
            certificates.renew();
        } catch (IOException e) {
            if (!certificates.isUsable()) {
                throw new Stop(ExitCode.FAILED, String.valueOf(e.getMessage()));
            }
            LOG.error("the certificate is not renewed, and tried again in an hour: {}", e.getMessage());
        }
        run(server, certificates, fresh);
        return ExitCode.OK;
    }

    private void make(ServerFolder server) throws Stop, IOException {
        if (port < 0 || port > 65_535) {
            throw new Stop(ExitCode.USAGE, "--port " + port + " (expected: 1-65535)");
        }
        List<InetAddress> own = Addressing.all();
        Optional<Host> open = Addressing.publicAddress();
        List<Host> hosts = new ArrayList<>();
        if (domain != null || address != null) {
            hosts.add(host(domain != null ? domain : String.valueOf(address)));
        } else {
            open.ifPresent(hosts::add);
        }
        own.stream().map(Host::of).filter(host -> !hosts.contains(host)).forEach(hosts::add);
        if (hosts.isEmpty()) {
            throw new Stop(ExitCode.USAGE, "this machine has no address: say how it is reached, --address NAME-or-IP");
        }
        if (domain == null && address == null && open.isEmpty()) {
            System.err.println("This machine has private addresses alone (" + hosts.get(0)
                    + "): it is behind address translation, and the string below works inside its network only.\n"
                    + "If it is reached from outside, start again with --address NAME-or-IP and the one that your"
                    + " provider shows.");
        }
        int chosen = port == 0 ? Addressing.freePort() : port;
        if (port == 0 && chosen != Addressing.HTTPS) {
            System.err.println("Port 443 is taken, or only for root: port " + chosen
                    + " instead. --port at the first start, or `listen:` in config.yaml chooses another.");
        }
        InetSocketAddress listen = new InetSocketAddress(Addressing.everywhere(), chosen);
        server.make(hosts, false, ConfigSource.resource("serve.yaml").replace("@LISTEN@", Sockets.text(listen)));
        System.err.println("Made " + server.path() + ": config.yaml, users.yaml, cert.pem, key.pem.");
    }

    private static Host host(String address) throws Stop {
        try {
            return Host.parse(address);
        } catch (IllegalArgumentException e) {
            throw new Stop(ExitCode.USAGE, "--address " + e.getMessage());
        }
    }

    private void run(ServerFolder server, Certificates certificates, boolean fresh) throws Exception {
        System.err.println("fenliu " + Main.version() + ", config: " + server.config());
        ConfigSource source = new ConfigSource(server.config().toString(), Optional.of(server.config()));
        boolean show = fresh && !Terminal.isJournal() && !Terminal.isOutputJournal();
        Secret code = show ? server.invite(FIRST_USER) : null;
        Problems problems = new Problems();
        Config config = source.read(problems);
        if (config == null) {
            Terminal.print(problems);
            throw new Stop(ExitCode.CONFIG, "the config has errors");
        }
        Service service = new Service(source, config, StateFolder.path());
        ScheduledExecutorService desk = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "desk");
            thread.setDaemon(true);
            return thread;
        });
        service.reception(new PairingReception(server, desk, service::reloadNow, ServeCommand::exit));
        service.obeySignals();
        boolean taken = takeOver && service.succession().inherit(server.file(HANDOVER));
        service.month(server.month());
        service.start(problems);
        if (taken) {
            service.succession().confirm(server.file(HANDOVER));
        }
        service.succession().offer(server.file(HANDOVER));
        desk.scheduleWithFixedDelay(() -> renew(service, certificates), RENEW_MINUTES, RENEW_MINUTES, TimeUnit.MINUTES);
        desk.scheduleWithFixedDelay(() -> count(service, server), COUNT_SECONDS, COUNT_SECONDS, TimeUnit.SECONDS);
        if (code != null) {
            show(server.string(FIRST_USER, code, port(config)));
        } else if (server.read().isEmpty()) {
            System.err.println("Nobody may use it yet: fenliu pair new " + FIRST_USER);
        }
        service.untilStopped();
        desk.shutdown();
        count(service, server);
    }

    private static void choose(ServerFolder server, Host name, URI authority) throws Stop, IOException {
        if (!(name instanceof Host.Name)) {
            throw new Stop(ExitCode.USAGE, "--domain " + name + " (expected: a name; an address needs none)");
        }
        server.address(name, true);
        Certificates.choose(server, authority);
    }

    private static void renew(Service service, Certificates certificates) {
        try {
            if (certificates.renew()) {
                service.reloadNow();
            }
        } catch (IOException | Stop e) {
            LOG.error("the certificate is not renewed, and tried again in an hour: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void count(Service service, ServerFolder server) {
        try {
            service.month(server.count(service.takeTraffic()));
        } catch (IOException e) {
            LOG.warn("what users use cannot be kept: {}", e.getMessage());
        }
    }

    /** The port that users come to. */
    static int port(Config config) throws Stop {
        return config.paired()
                .map(ListenerSettings::listen)
                .orElseThrow(() -> new Stop(ExitCode.CONFIG, "no listener of the config has a `users-file`"))
                .getPort();
    }

    private static String exit() {
        return Addressing.publicAddress().map(Host::toString).orElseGet(() -> {
            List<InetAddress> own = Addressing.all();
            return own.isEmpty() ? "unknown" : Addresses.text(own.get(0)) + " behind address translation";
        });
    }

    /** Shows a string, with all that its user should know. The string alone goes to standard output. */
    static void show(PairingString string) {
        int port = string.server().port();
        boolean managed = string.pin().isEmpty(); // by an authority, which asks at port 80
        String both = (managed ? "80," : "") + port;
        System.err.println("\nTCP port " + port + (managed ? ", and 80 for the certificate," : "")
                + " must be open in the firewall of your provider (\"security group\","
                + " \"cloud firewall\")\nand, if there is one, in that of this machine:\n"
                + "  ufw allow " + both + "/tcp\n"
                + "  firewall-cmd --permanent --add-port=" + both.replace(",", "/tcp --add-port=")
                + "/tcp && firewall-cmd --reload\n"
                + "  nft insert rule inet filter input tcp dport " + (managed ? "{ 80, " + port + " }" : port)
                + " accept\n\n"
                + "At home, run `fenliu pair` and give it this, within a day. It works once and is not shown again:\n");
        String text = string.text().value();
        boolean colour = Terminal.showsOutput() && System.getenv("NO_COLOR") == null;
        System.out.println(text + "\n\n" + String.join("\n", QrText.lines(text, colour)));
        System.out.flush();
    }
}
