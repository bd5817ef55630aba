package dev.fenliu.app;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.fenliu.app.pair.HomeKey;
import dev.fenliu.app.pair.PairingString;
import dev.fenliu.app.pair.Remedy;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Type;
import dev.fenliu.edit.Editor;
import dev.fenliu.edit.OutboundEdit;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.engine.Errand;
import dev.fenliu.engine.Inquiry;
import dev.fenliu.engine.Kept;
import dev.fenliu.engine.Reception;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Sockets;
import dev.fenliu.state.PrivateFiles;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fenliu pair}: takes a pairing string at home, until there is an outbound that works. */
@Command(
        name = "pair",
        description =
                "At home: takes the pairing string of `fenliu serve` and adds the outbound to the config, which is made"
                        + " if there is none. On the server: manages its users.",
        mixinStandardHelpOptions = true,
        subcommands = {
            PairUsers.ListUsers.class,
            PairUsers.NewUser.class,
            PairUsers.Rotate.class,
            PairUsers.Revoke.class,
            PairUsers.Limit.class
        })
final class PairCommand implements Callable<Integer> {
    private static final Destination RECEPTION = new Destination(Reception.NAME, 80);
    private static final int SECONDS = 30;
    private static final int MAX_STRING = 1000;
    private static final String PAIRING = "server";

    @Parameters(
            arity = "0..1",
            paramLabel = "STRING",
            description = "The pairing string; read from standard input if absent or -, where nobody else sees it.")
    private @Nullable String string;

    @Mixin
    private final Edited edited = new Edited();

    @Option(names = "--name", paramLabel = "NAME", description = "The name of the outbound; vps if absent.")
    private @Nullable String name;

    @Override
    public Integer call() throws Exception {
        PairingString paired = string();
        EventLoopGroup loops = Sockets.loops(1);
        try {
            pair(paired, home(loops), loops);
            return ExitCode.OK;
        } catch (IOException e) {
            throw new Stop(ExitCode.FAILED, String.valueOf(e.getMessage() == null ? e : Type.reason(e)));
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
        }
    }

    private PairingString string() throws Stop, IOException {
        try {
            if (string != null && !string.equals("-")) {
                System.err.println("(What stands on the command line is seen by others on this machine, and kept by the"
                        + " shell. `fenliu pair` alone asks for it.)");
                return PairingString.parse(string);
            }
            if (Terminal.isInteractive()) {
                System.err.print("Pairing string: ");
                System.err.flush();
            }
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            StringBuilder text = new StringBuilder();
            for (String line; text.length() < MAX_STRING && (line = in.readLine()) != null; ) {
                text.append(line.strip());
                if (line.isBlank() ? text.length() > 0 : isWhole(text.toString())) {
                    break;
                }
            }
            return PairingString.parse(text.toString());
        } catch (IllegalArgumentException e) {
            throw new Stop(ExitCode.USAGE, String.valueOf(e.getMessage()));
        }
    }

    /** Terminals break long lines when they are copied. */
    private static boolean isWhole(String text) {
        try {
            PairingString.parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * The config at home.
     *
     * @param there whether it is there already; else it is made
     */
    private record Home(Path file, String text, boolean there) {}

    private Home home(EventLoopGroup loops) throws Stop, IOException {
        ConfigSource source = ConfigSource.find(edited.api().config());
        boolean there = source.file().map(Files::exists).orElse(false);
        ConfigSource read = there ? source : ConfigSource.defaults();
        Problems problems = new Problems();
        String text = read.text(problems);
        Config config = text == null ? null : read.read(problems);
        try (Inquiry built = config == null ? null : Examined.build(config, problems, loops, StateFolder.path())) {
            if (text == null || built == null) {
                Terminal.print(problems);
                throw new Stop(
                        ExitCode.CONFIG, "the config has errors; nothing was changed, and the string is still good");
            }
        }
        Path file = source.file().orElse(ConfigSource.ofUser());
        return there
                ? new Home(file.toRealPath(), text, true)
                : new Home(file.toAbsolutePath(), Editing.made().text(), false);
    }

    private void pair(PairingString paired, Home home, EventLoopGroup loops) throws Exception {
        Path folder = java.util.Objects.requireNonNull(home.file.getParent());
        Optional<String> known =
                OutboundEdit.outboundTo(home.text, paired.server().toString());
        String outbound = known.orElseGet(() -> name == null ? freeName(home.text, folder) : name);
        if (known.isEmpty() && OutboundEdit.names(home.text).contains(outbound)) {
            throw new Stop(ExitCode.USAGE, "there is an outbound or group \"" + outbound + "\" already: --name OTHER");
        }
        String line = paired.outbound("${file:" + outbound + ".key}");
        OutboundEdit.Edited text;
        try {
            text = known.isPresent()
                    ? new OutboundEdit.Edited(home.text, Optional.empty())
                    : OutboundEdit.add(home.text, outbound, line);
        } catch (IllegalArgumentException e) {
            throw new Stop(ExitCode.FAILED, e.getMessage() + ": " + home.file + ". Nothing was changed.");
        }
        try (Desk desk = home.there ? edited.desk(new Reversal()) : new FileDesk(home.file)) {
            PrivateFiles.folder(folder);
            HomeKey key = HomeKey.of(folder.resolve(outbound + ".key"), paired);
            exchange(paired, key, loops);
            key.keep();
            Optional<Desk.Done> done =
                    known.isPresent() ? Optional.empty() : Optional.of(write(desk, home, text.text(), outbound, line));
            System.err.println("Outbound \"" + outbound + "\" is in " + home.file
                    + text.group()
                            .map(group -> ", first in the group \"" + group + "\".")
                            .orElse(known.isPresent() ? ", with a new key." : ". No rule leads to it yet."));
            if (done.isPresent()) {
                edited.tell(done.get(), new Reversal());
            } else {
                touch(home.file);
            }
        }
        if ("root".equals(System.getProperty("user.name")) && PrivateFiles.isReadByOthers(home.file)) {
            System.err.println("(Others can read this config, but not " + folder.resolve(outbound + ".key")
                    + ". A service with a user of its own takes both from its state folder: fenliu pair -c"
                    + " /var/lib/fenliu/config.yaml)");
        }
        test(home.file, outbound, paired, loops);
    }

    /** A name for the outbound that is not taken. */
    static String freeName(String config, Path folder) {
        List<String> taken = OutboundEdit.names(config);
        String name = "vps";
        for (int i = 2; taken.contains(name) || Files.exists(folder.resolve(name + ".key")); i++) {
            name = "vps" + i;
        }
        return name;
    }

    /** Has the server bind the user to our key, over a tunnel that the code opens. */
    static void exchange(PairingString paired, HomeKey key, EventLoopGroup loops)
            throws Stop, IOException, InterruptedException {
        String text = "outbounds:\n  " + PAIRING + ": " + paired.pairingOutbound() + "\nrules: [{to: " + PAIRING
                + "}]\nlisteners: []\n";
        Config config = ConfigReader.read("pairing", Optional.empty(), text, Catalog.PROTOCOLS, new Problems());
        if (config == null) {
            throw new Stop(ExitCode.FAILED, "the pairing string names a server that cannot be");
        }
        Errand.Answer answer =
                ask(config, PAIRING, new Errand.Request("/key", key.secret().value()), paired, loops);
        if (answer.status() != 200) {
            if (answer.status() == 410) {
                key.forget();
            }
            throw new Stop(ExitCode.FAILED, Remedy.refused(message(answer), paired));
        }
    }

    private static Errand.Answer ask(
            Config config, String outbound, Errand.Request request, PairingString paired, EventLoopGroup loops)
            throws Stop, InterruptedException {
        Problems problems = new Problems();
        Kept kept = Kept.fresh(loops, System::nanoTime, StateFolder.path());
        try (Inquiry inquiry = Inquiry.of(config, kept, problems)) {
            if (inquiry == null) {
                Terminal.print(problems);
                throw new Stop(ExitCode.CONFIG, "the config has errors");
            }
            Future<Errand.Answer> answer = Errand.send(inquiry, outbound, RECEPTION, request, loops.next(), SECONDS)
                    .await();
            if (!answer.isSuccess()) {
                throw new Stop(ExitCode.UNREACHABLE, Remedy.of(Failure.of(answer.cause()), paired));
            }
            return answer.getNow();
        }
    }

    /** What was read is what is replaced: an edit that came in between is not lost. */
    private static Desk.Done write(Desk desk, Home home, String text, String outbound, String line)
            throws Stop, InterruptedException {
        try {
            Desk.Text old =
                    home.there ? desk.config() : new Desk.Text(home.file.toString(), home.text, Editor.version(""));
            if (!old.text().equals(home.text)) {
                throw new Stop(ExitCode.FAILED, home.file + " has changed meanwhile");
            }
            return desk.write(old, text, "paired: " + outbound, false);
        } catch (Stop e) {
            throw new Stop(
                    e.code(),
                    e.getMessage() + "\nThe key is kept; add this to \"outbounds\" of " + home.file + ":\n  " + outbound
                            + ": " + line);
        }
    }

    /** Has a running program read the key anew. */
    private static void touch(Path config) throws IOException {
        long now = Files.getLastModifiedTime(config).toMillis();
        Files.setLastModifiedTime(config, FileTime.fromMillis(now + 1));
    }

    private static void test(Path file, String outbound, PairingString paired, EventLoopGroup loops) throws Exception {
        Problems problems = new Problems();
        Config config = new ConfigSource(file.toString(), Optional.of(file)).read(problems);
        if (config == null) {
            Terminal.print(problems);
            throw new Stop(ExitCode.CONFIG, "the config has errors");
        }
        Errand.Answer answer = ask(config, outbound, new Errand.Request("/", ""), paired, loops);
        JsonObject hello = object(answer);
        if (answer.status() != 200 || hello == null || !hello.has("exit")) {
            throw new Stop(ExitCode.FAILED, "the tunnel is there, but what answers in it is not the server");
        }
        System.err.println("The tunnel works. What goes through it leaves from "
                + hello.get("exit").getAsString().replaceAll("\\p{Cntrl}", "?") + ".");
    }

    private static String message(Errand.Answer answer) {
        JsonObject body = object(answer);
        return body != null && body.has("message")
                ? body.get("message").getAsString().replaceAll("\\p{Cntrl}", "?")
                : "the server answers " + answer.status();
    }

    private static @Nullable JsonObject object(Errand.Answer answer) {
        try {
            return JsonParser.parseString(answer.body()) instanceof JsonObject object ? object : null;
        } catch (JsonParseException e) {
            return null;
        }
    }
}
