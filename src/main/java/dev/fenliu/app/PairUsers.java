package dev.fenliu.app;

import dev.fenliu.app.pair.ServerFolder;
import dev.fenliu.app.pair.Usage;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Type;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.UserFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** The commands about the users of a server, run on it. A running one takes what they change at once. */
final class PairUsers {
    private PairUsers() {}

    /** Where the server's files are. */
    static final class Place {
        /** Where systemd keeps those of a service of ours. */
        private static final Path SERVICE = Path.of("/var/lib/fenliu/server");

        @Option(names = "--folder", paramLabel = "DIR", description = "That of `fenliu serve`.")
        private @Nullable Path folder;

        ServerFolder server() throws IOException, Stop {
            Path own = ServeCommand.defaultFolder();
            if (folder == null && Files.exists(own) && Files.exists(SERVICE) && !Files.isSameFile(own, SERVICE)) {
                throw new Stop(
                        ExitCode.USAGE,
                        "there are two servers, of the service and of a start by hand: --folder " + SERVICE
                                + " or --folder " + own);
            }
            Path path = folder != null ? folder : Files.exists(SERVICE) ? SERVICE : own;
            ServerFolder server = new ServerFolder(path);
            if (!server.exists()) {
                throw new Stop(
                        ExitCode.FAILED,
                        "there is no server in " + path + ": start one with `fenliu serve`, or say where: --folder");
            }
            return server;
        }
    }

    /** What is done with the files of a server. */
    private interface Work {
        void on(ServerFolder server) throws IOException, Stop;
    }

    private static int on(Place place, Work work) throws Stop {
        try {
            work.on(place.server());
            return ExitCode.OK;
        } catch (AccessDeniedException e) {
            throw new Stop(ExitCode.PERMISSION, "cannot use " + e.getFile() + ": permission denied. Its owner can.");
        } catch (IOException e) {
            throw new Stop(ExitCode.FAILED, Type.reason(e));
        }
    }

    private static void invite(ServerFolder server, String name) throws IOException, Stop {
        ConfigSource source = new ConfigSource(server.config().toString(), Optional.of(server.config()));
        Problems problems = new Problems();
        Config config = source.read(problems);
        if (config == null) {
            Terminal.print(problems);
            throw new Stop(ExitCode.CONFIG, "the config has errors");
        }
        int port = ServeCommand.port(config);
        Secret code = server.invite(name);
        ServeCommand.show(server.string(name, code, port));
    }

    @Command(name = "list", description = "On the server: its users.", mixinStandardHelpOptions = true)
    static final class ListUsers implements Callable<Integer> {
        @Mixin
        private final Place place = new Place();

        @Override
        public Integer call() throws Exception {
            return on(place, server -> {
                Map<String, UserFile.User> users = server.read();
                Map<String, Usage> usage = server.usage();
                Map<String, Long> month = server.month();
                users.forEach((name, user) -> System.out.println(name + "  " + state(user)
                        + used(user, Optional.ofNullable(usage.get(name)), month.getOrDefault(name, 0L))));
                if (users.isEmpty()) {
                    System.err.println("no user yet: fenliu pair new NAME");
                }
            });
        }

        private static String used(UserFile.User user, Optional<Usage> usage, long month) {
            String limit = user.traffic() > 0 ? " of " + SizeText.of(user.traffic()) : "";
            return usage.map(used -> ", " + SizeText.of(month) + limit + " this month, "
                            + SizeText.of(used.all().up()) + " up and "
                            + SizeText.of(used.all().down()) + " down in "
                            + used.all().flows() + " flows in all, last seen " + used.seen())
                    .orElse("");
        }

        private static String state(UserFile.User user) {
            if (user.key().isPresent()) {
                return user.used()
                        .map(used -> "paired at " + used.replace(" ", " from "))
                        .orElse("has a key");
            }
            return user.until()
                    .map(until -> "has a pairing string until " + until)
                    .orElse("has no key");
        }
    }

    /** Whom a command is about. */
    static final class Who {
        @Mixin
        private final Place place = new Place();

        @Parameters(paramLabel = "NAME")
        @SuppressWarnings("NullAway.Init") // set by picocli
        private String name;

        private interface UserWork {
            void on(ServerFolder server, String name) throws IOException, Stop;
        }

        /** For one that there is. */
        int known(UserWork work) throws Stop {
            return on(place, server -> {
                if (!server.read().containsKey(name)) {
                    throw new Stop(ExitCode.FAILED, "there is no user " + name + ": fenliu pair list");
                }
                work.on(server, name);
            });
        }

        /** For one that there is not. */
        int fresh(UserWork work) throws Stop {
            if (!UserFile.isName(name)) {
                throw new Stop(
                        ExitCode.USAGE, "user name \"" + name + "\" (expected: up to 32 of a-z, A-Z, 0-9, . _ -)");
            }
            return on(place, server -> {
                if (server.read().containsKey(name)) {
                    throw new Stop(ExitCode.FAILED, "there is a user " + name + ": fenliu pair rotate " + name);
                }
                work.on(server, name);
            });
        }
    }

    @Command(
            name = "new",
            description = "On the server: a new user, and the pairing string.",
            mixinStandardHelpOptions = true)
    static final class NewUser implements Callable<Integer> {
        @Mixin
        private final Who who = new Who();

        @Override
        public Integer call() throws Exception {
            return who.fresh(PairUsers::invite);
        }
    }

    @Command(
            name = "rotate",
            description = "On the server: ends a user's key, and shows a new pairing string.",
            mixinStandardHelpOptions = true)
    static final class Rotate implements Callable<Integer> {
        @Mixin
        private final Who who = new Who();

        @Override
        public Integer call() throws Exception {
            return who.known(PairUsers::invite);
        }
    }

    @Command(name = "revoke", description = "On the server: takes a user away.", mixinStandardHelpOptions = true)
    static final class Revoke implements Callable<Integer> {
        @Mixin
        private final Who who = new Who();

        @Override
        public Integer call() throws Exception {
            return who.known((server, name) -> {
                server.change((users, now) -> users.remove(name));
                System.err.println(name + " is gone, and so are its flows.");
            });
        }
    }

    @Command(
            name = "limit",
            description = "On the server: what a user may use. A limit that is not named stays as it is.",
            mixinStandardHelpOptions = true)
    static final class Limit implements Callable<Integer> {
        @Mixin
        private final Who who = new Who();

        @Option(
                names = "--traffic",
                paramLabel = "SIZE",
                description = "Of a calendar month (UTC), both ways together, such as 200GB; 0 for no limit.",
                converter = Size.class)
        private @Nullable Long traffic;

        @Option(names = "--flows", paramLabel = "NUMBER", description = "Open at once; 0 for no limit.")
        private @Nullable Integer flows;

        @Override
        public Integer call() throws Exception {
            if (flows != null && (flows < 0 || flows > UserFile.MOST_FLOWS)) {
                throw new Stop(ExitCode.USAGE, "--flows " + flows + " (expected: 0-" + UserFile.MOST_FLOWS + ")");
            }
            return who.known((server, name) -> {
                server.limit(name, Optional.ofNullable(traffic), Optional.ofNullable(flows));
                UserFile.User user = server.read().get(name);
                if (user != null) {
                    System.err.println(name + " may use "
                            + (user.traffic() > 0 ? SizeText.of(user.traffic()) + " a month" : "any traffic") + ", in "
                            + (user.flows() > 0 ? "at most " + user.flows() : "any number of") + " flows at once.");
                }
            });
        }
    }

    /** As the configuration writes it. */
    static final class Size implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            try {
                return Type.size(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }
}
