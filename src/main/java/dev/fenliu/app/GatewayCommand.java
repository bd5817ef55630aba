package dev.fenliu.app;

import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fenliu gateway}: tells the kernel to hand the traffic of this machine and its network to the listeners, or not. */
@Command(
        name = "gateway",
        description = "Hand the traffic of this machine and its network to the tproxy and redirect listeners (Linux).",
        mixinStandardHelpOptions = true)
final class GatewayCommand implements Callable<Integer> {
    private enum Action {
        UP,
        DOWN,
        SHOW;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT); // as people type it, and shells complete it
        }
    }

    private record Result(int code, String output) {}

    @Parameters(
            paramLabel = "up|down|show",
            description = "up: set up the rules and routes for the config, whatever is there of them;"
                    + " down: remove them; show: print those that are there.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Action action;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The config; found as `run` finds it if absent.")
    private @Nullable Path config;

    @Option(names = "--dry-run", description = "Print what would be told to nft and ip, and do nothing.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        if (action == Action.UP) {
            GatewayPlan plan = plan();
            if (plan == null) {
                return ExitCode.CONFIG;
            }
            up(plan);
        } else if (action == Action.DOWN) {
            down();
        } else {
            show();
        }
        return ExitCode.OK;
    }

    private @Nullable GatewayPlan plan() throws Stop {
        Problems problems = new Problems();
        Config read = ConfigSource.find(config).read(problems);
        if (read == null) {
            Terminal.print(problems);
            return null;
        }
        return GatewayPlan.of(read, hasIpv6(), hasLocalResolver());
    }

    /** Where it is switched off it has no routes. */
    private static boolean hasIpv6() {
        try {
            return Files.readString(Path.of("/proc/sys/net/ipv6/conf/all/disable_ipv6"))
                    .startsWith("0");
        } catch (IOException e) {
            return false;
        }
    }

    /** As systemd-resolved and dnsmasq are. */
    private static boolean hasLocalResolver() {
        try {
            return Files.readString(Path.of("/etc/resolv.conf"), StandardCharsets.ISO_8859_1)
                    .lines()
                    .anyMatch(line -> line.matches("\\s*nameserver\\s+(127\\.|::1).*"));
        } catch (IOException e) {
            return false;
        }
    }

    /** Routes first: they mean nothing without the table. */
    private void up(GatewayPlan plan) throws Stop, IOException, InterruptedException {
        if (dryRun) {
            print(plan.addRoutes(), plan.table());
            return;
        }
        requireRoot();
        for (List<String> command : plan.addRoutes()) {
            Result result = ip(command);
            if (result.code != 0 && !result.output.contains("File exists")) {
                throw failed("ip " + String.join(" ", command), result);
            }
        }
        nft(plan.table());
        if (plan.addRoutes().isEmpty()) {
            removeRoutes(); // of another config
        }
        System.err.println(
                "The gateway is up: `fenliu gateway show` prints its rules, `fenliu gateway down` removes them.");
        plan.hints().forEach(System.err::println);
    }

    private void down() throws Stop, IOException, InterruptedException {
        if (dryRun) {
            print(GatewayPlan.removeRoutes(), GatewayPlan.removeTable());
            return;
        }
        requireRoot();
        nft(GatewayPlan.removeTable());
        removeRoutes();
        System.err.println("The gateway is down.");
    }

    private static void removeRoutes() throws Stop, IOException, InterruptedException {
        for (List<String> command : GatewayPlan.removeRoutes()) {
            ip(command); // fails where there is nothing to remove
        }
    }

    private static void show() throws Stop, IOException, InterruptedException {
        requireRoot();
        Result table = run(command("nft", List.of("list", "table", "inet", "fenliu")), "");
        if (table.code == 0) {
            System.out.print(table.output);
        }
        for (String family : List.of("-4", "-6")) {
            System.out.print(ip(List.of(family, "rule", "show", "pref", "" + GatewayPlan.PREFERENCE)).output);
            Result routes = ip(List.of(family, "route", "show", "table", "" + GatewayPlan.ROUTES));
            System.out.print(routes.code == 0 ? routes.output : ""); // none: no such table
        }
        if (table.code != 0) {
            System.err.println("The gateway is down: there is no table " + GatewayPlan.TABLE + ".");
        }
    }

    private static void print(List<List<String>> routes, String table) {
        routes.forEach(command -> System.out.println("ip " + String.join(" ", command)));
        System.out.println("nft -f - <<'END'");
        System.out.print(table);
        System.out.println("END");
    }

    private static void requireRoot() throws Stop {
        boolean root;
        try {
            root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException | UnsupportedOperationException e) {
            throw new Stop(ExitCode.FAILED, "a gateway needs Linux");
        }
        if (!root) {
            throw new Stop(ExitCode.PERMISSION, "rules and routes are root's: sudo fenliu gateway ...");
        }
    }

    private static void nft(String script) throws Stop, IOException, InterruptedException {
        Result result = run(command("nft", List.of("-f", "-")), script);
        if (result.code != 0) {
            throw failed("nft", result);
        }
    }

    private static Result ip(List<String> arguments) throws Stop, IOException, InterruptedException {
        return run(command("ip", arguments), "");
    }

    private static Stop failed(String what, Result result) {
        return new Stop(ExitCode.FAILED, what + ": " + result.output.strip());
    }

    private static List<String> command(String program, List<String> arguments) throws Stop {
        for (String folder : List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin")) {
            Path path = Path.of(folder, program);
            if (Files.isExecutable(path)) {
                List<String> command = new ArrayList<>(List.of(path.toString()));
                command.addAll(arguments);
                return command;
            }
        }
        throw new Stop(
                ExitCode.FAILED,
                program + " is not installed: it is of the package "
                        + (program.equals("ip") ? "iproute2" : "nftables"));
    }

    private static Result run(List<String> command, String input) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
