package dev.fenliu.app;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Type;
import dev.fenliu.control.http.Token;
import dev.fenliu.engine.ApiOptions;
import dev.fenliu.engine.ProcFs;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.net.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Talks to the running program; the options of all commands that do. */
final class ApiClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** For what takes its time, such as trying out a group or reading lists. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Where systemd keeps the state of a service of ours. */
    private static final Path SERVICE = Path.of("/var/lib/fenliu");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The config of the running program; found as `run` finds it if absent.")
    private @Nullable Path config;

    @Option(names = "--api", paramLabel = "ADDRESS:PORT", description = "Where its API is, whatever the config says.")
    private @Nullable String address;

    /** What came back. */
    record Answer(int status, String body) {}

    /** The config that was named on the command line. */
    @Nullable
    Path config() {
        return config;
    }

    /** A text as a segment of a path, or a value in a query. */
    static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The options that were given, for a command line that is to reach the same program; each behind a blank. */
    String again() {
        return (config == null ? "" : " -c " + config) + (address == null ? "" : " --api " + address);
    }

    /**
     * Asks.
     *
     * @param path with its query
     * @throws Stop if there is no answer, saying why and what to do about it
     */
    JsonObject get(String path) throws Stop, InterruptedException {
        return send("GET", path, "");
    }

    /**
     * Tells, and waits for what comes of it.
     *
     * @param body JSON; empty for none
     * @return what is answered; empty if there is nothing to say
     * @throws Stop if it is refused, saying why
     */
    JsonObject send(String method, String path, String body) throws Stop, InterruptedException {
        ApiOptions options = options();
        Optional<Path> socket = socket(options);
        if (socket.isPresent()) {
            String token = token(options, Optional.empty(), socket.get().toString());
            try {
                return read(socket.get().toString(), UnixHttp.send(socket.get(), method, path, token, body));
            } catch (IOException e) {
                throw noAnswer(socket.get(), e);
            }
        }
        HttpResponse<String> response = ask(options, method, path, body, HttpResponse.BodyHandlers.ofString());
        return read(where(response), new Answer(response.statusCode(), response.body()));
    }

    /**
     * The lines of an answer that does not end before the program does; an {@link java.io.UncheckedIOException} may be the
     * end too.
     *
     * @param path with its query
     * @throws Stop if there is none, saying why and what to do about it
     */
    Stream<String> lines(String path) throws Stop, InterruptedException {
        ApiOptions options = options();
        Optional<Path> socket = socket(options);
        if (socket.isPresent()) {
            String token = token(options, Optional.empty(), socket.get().toString());
            try {
                return UnixHttp.lines(socket.get(), path, token);
            } catch (IOException e) {
                throw noAnswer(socket.get(), e);
            }
        }
        HttpResponse<Stream<String>> response = ask(options, "GET", path, "", HttpResponse.BodyHandlers.ofLines());
        if (response.statusCode() != 200) {
            throw refused(
                    where(response), response.statusCode(), response.body().collect(Collectors.joining("\n")));
        }
        return response.body();
    }

    /** Why such lines have ended. */
    static Stop ended() {
        return new Stop(ExitCode.FAILED, "the running program has ended");
    }

    /** The Unix socket to use, if any. */
    private Optional<Path> socket(ApiOptions options) {
        return address == null ? options.socket() : Optional.empty();
    }

    private static Stop noAnswer(Path socket, IOException e) {
        return e.getMessage() != null && e.getMessage().contains("Permission denied")
                ? new Stop(ExitCode.PERMISSION, "cannot open " + socket + ": permission denied. Its owner can.")
                : new Stop(ExitCode.FAILED, notRunning(socket.toString()));
    }

    private static String token(ApiOptions options, Optional<InetSocketAddress> there, String where) throws Stop {
        Optional<Secret> given = options.tokens().admin();
        return given.isPresent() ? given.get().value() : token(there, where).value();
    }

    private <T> HttpResponse<T> ask(
            ApiOptions options, String method, String path, String content, HttpResponse.BodyHandler<T> body)
            throws Stop, InterruptedException {
        InetSocketAddress there = there(options);
        String where = Sockets.text(there);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + where + path))
                .timeout(method.equals("GET") ? TIMEOUT : PATIENCE)
                .header("Authorization", "Bearer " + token(options, Optional.of(there), where))
                .method(
                        method,
                        content.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(content));
        if (!content.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        try {
            return HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(TIMEOUT)
                    .proxy(HttpClient.Builder.NO_PROXY)
                    .build()
                    .send(request.build(), body);
        } catch (java.net.ConnectException e) {
            throw new Stop(ExitCode.FAILED, notRunning(where));
        } catch (IOException e) {
            throw new Stop(
                    ExitCode.FAILED,
                    "no answer from " + where + ": " + e.getMessage() + ". Is it Fenliu that listens there?");
        }
    }

    private static String where(HttpResponse<?> response) {
        return response.uri().getAuthority();
    }

    /** Where browsers on this machine find its pages. */
    InetSocketAddress pages() throws Stop {
        return there(options());
    }

    private ApiOptions options() throws Stop {
        Problems problems = new Problems();
        ApiOptions options = ConfigSource.find(config).readApi(problems);
        if (problems.hasErrors() && address == null) {
            Terminal.print(problems);
            throw new Stop(ExitCode.CONFIG, "the config has errors; --api ADDRESS:PORT does without it");
        }
        return options;
    }

    private InetSocketAddress there(ApiOptions options) throws Stop {
        InetSocketAddress there = address == null ? listen(options) : given(address);
        InetAddress host =
                there.getAddress().isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : there.getAddress();
        return new InetSocketAddress(host, there.getPort());
    }

    private static InetSocketAddress given(String address) throws Stop {
        try {
            Destination there = Destination.parse(address);
            if (there.host() instanceof Host.Address host) {
                return new InetSocketAddress(host.value(), there.port());
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new Stop(ExitCode.USAGE, "--api " + address + " (expected: ADDRESS:PORT, such as 127.0.0.1:9090)");
    }

    private static InetSocketAddress listen(ApiOptions options) throws Stop {
        InetSocketAddress listen = options.listen()
                .orElseThrow(() -> new Stop(
                        ExitCode.FAILED,
                        "the config has switched the API off: `api: {listen: off}`. Take that out and reload."));
        if (listen.getPort() == 0) {
            throw new Stop(
                    ExitCode.FAILED,
                    "the config leaves the port of the API to the system; the log says which it is: --api ADDRESS:PORT");
        }
        return listen;
    }

    private static String notRunning(String where) {
        return "no program is running at " + where
                + ". Start one: fenliu run. If one runs, its log says where its API is:" + " try --api ADDRESS:PORT.";
    }

    /** That of the state folder, or, where there is none, of the service. */
    private static Secret token(Optional<InetSocketAddress> there, String where) throws Stop {
        Path own = StateFolder.path().resolve(Token.FILE);
        Path service = SERVICE.resolve(Token.FILE);
        Path file = !Files.exists(own) && Files.isDirectory(SERVICE) ? service : own;
        try {
            Secret token = Token.read(file);
            if (there.isPresent()) {
                requireOwner(file, there.get());
            }
            return token;
        } catch (NoSuchFileException e) {
            throw new Stop(
                    Files.isDirectory(SERVICE) ? ExitCode.PERMISSION : ExitCode.FAILED,
                    Files.isDirectory(SERVICE)
                            ? "cannot read " + service + ". Its owner can: sudo fenliu ..."
                            : notRunning(where) + " There is no token in " + own + " either.");
        } catch (AccessDeniedException e) {
            throw new Stop(ExitCode.PERMISSION, "cannot read " + file + ": permission denied. Its owner can.");
        } catch (IOException e) {
            throw new Stop(
                    ExitCode.FAILED, file + ": " + Type.reason(e) + ". A restart of the program makes a new one.");
        }
    }

    /** Whoever has taken our port while our program did not have it is not to learn the token. Can be told on Linux alone. */
    private static void requireOwner(Path file, InetSocketAddress there) throws Stop, IOException {
        Optional<Integer> listening = ProcFs.listeningUser(there);
        if (listening.isPresent() && !Files.getAttribute(file, "unix:uid").equals(listening.get())) {
            throw new Stop(
                    ExitCode.PERMISSION,
                    "what listens at " + Sockets.text(there) + " is of another user (id " + listening.get() + ") than "
                            + file + ", so it is not shown this token");
        }
    }

    private static JsonObject read(String where, Answer answer) throws Stop {
        if (answer.status() == 204) {
            return new JsonObject();
        }
        JsonObject body = object(answer.body());
        if (body != null && answer.status() / 100 == 2) {
            return body;
        }
        throw refused(where, answer.status(), answer.body());
    }

    private static Stop refused(String where, int status, String text) {
        JsonObject body = object(text);
        JsonElement message = body == null ? null : body.get("message");
        if (body == null || message == null) {
            return new Stop(ExitCode.FAILED, "what listens at " + where + " is not Fenliu, or another version of it");
        }
        return switch (status) {
            case 400 -> new Stop(ExitCode.USAGE, message.getAsString());
            case 401 ->
                new Stop(
                        ExitCode.PERMISSION,
                        "the program at " + where + " does not take our token: it runs with another state folder or"
                                + " `token:`, maybe as another user");
            case 404 -> new Stop(ExitCode.FAILED, message.getAsString());
            case 422 -> new Stop(ExitCode.CONFIG, message.getAsString() + problems(body));
            default -> new Stop(ExitCode.FAILED, where + ": " + message.getAsString());
        };
    }

    /** What is wrong with a config that was refused, a line each. */
    private static String problems(JsonObject refusal) {
        StringBuilder text = new StringBuilder();
        if (refusal.get("problems") instanceof JsonArray problems) {
            for (JsonElement problem : problems) {
                text.append('\n').append(problem(problem.getAsJsonObject()));
            }
        }
        return text.toString();
    }

    /** A problem of a config in a line, with what to do about it. */
    static String problem(JsonObject one) {
        String hint = one.get("hint").isJsonPrimitive() ? "; " + one.get("hint").getAsString() : "";
        return one.get("file").getAsString() + ":" + one.get("line").getAsInt() + ":"
                + one.get("column").getAsInt() + ": " + one.get("severity").getAsString() + ": "
                + one.get("message").getAsString() + hint;
    }

    private static @Nullable JsonObject object(String text) {
        try {
            return JsonParser.parseString(text) instanceof JsonObject object ? object : null;
        } catch (JsonParseException e) {
            return null;
        }
    }
}
