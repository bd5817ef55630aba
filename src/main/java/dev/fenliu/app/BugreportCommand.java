package dev.fenliu.app;

import dev.fenliu.config.Problems;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fenliu bugreport}: what somebody who is to find a mistake needs, shown before it is written. */
@Command(
        name = "bugreport",
        description = {
            "Put together what whoever looks for a mistake needs: version, machine, status, config, log.",
            "Secrets and the hosts of flows are left out. It is shown first, and nothing is sent."
        },
        mixinStandardHelpOptions = true)
final class BugreportCommand implements Callable<Integer> {
    private static final int LINES = 200;

    @Mixin
    private final ApiClient api = new ApiClient();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write it there, if it is not there yet; without this it is only shown.")
    private @Nullable Path output;

    @Option(names = "--yes", description = "Write it without asking.")
    private boolean yes;

    @Override
    public Integer call() throws Exception {
        String report = report();
        System.out.print(report);
        if (output == null) {
            return ExitCode.OK;
        }
        if (!yes && !agreed(output)) {
            return ExitCode.FAILED;
        }
        try {
            Files.writeString(output, report, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            throw new Stop(ExitCode.USAGE, output + " is there already; name another file");
        } catch (IOException e) {
            throw new Stop(ExitCode.FAILED, "cannot write " + output + ": " + e);
        }
        System.err.println("written to " + output);
        return ExitCode.OK;
    }

    private static boolean agreed(Path output) throws Stop, IOException {
        if (!Terminal.isInteractive()) {
            throw new Stop(ExitCode.USAGE, "nobody is there to be asked; --yes writes it");
        }
        System.err.print("\nThis is all. Write it to " + output + "? [y/N] ");
        String answer = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
        return answer != null && answer.strip().toLowerCase(Locale.ROOT).startsWith("y");
    }

    private String report() throws InterruptedException {
        ConfigSource source = ConfigSource.find(api.config());
        String text;
        try {
            text = source.text(new Problems());
        } catch (Stop e) {
            text = "(" + e.getMessage() + ")";
        }
        BugReport report = new BugReport(text == null ? "(it is no text)" : text).machine();
        try {
            report.status(api.get("/api/v1/status"));
            report.log(api.get("/api/v1/logs?level=debug&limit=" + LINES));
        } catch (Stop e) {
            report.part("Not running", report.withoutHosts(String.valueOf(e.getMessage())));
        }
        return report.doctor(doctor()).config(source.name()).toString();
    }

    /** What the doctor says, who talks to people. */
    private String doctor() {
        System.err.println("asking the doctor ...");
        PrintStream people = System.out;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
            CommandLine doctor = new CommandLine(new DoctorCommand());
            Path config = api.config();
            int code = config == null ? doctor.execute() : doctor.execute("-c", config.toString());
            return said.toString(StandardCharsets.UTF_8) + "\nexit code " + code;
        } finally {
            System.setOut(people);
        }
    }
}
