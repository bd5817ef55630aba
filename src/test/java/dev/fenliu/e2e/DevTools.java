package dev.fenliu.e2e;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** Debian's Chromium without a window and with one page, steered by the DevTools protocol. */
public final class DevTools implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Map<Integer, CompletableFuture<JsonObject>> asked = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final AutoCloseable program;
    private final Consumer<JsonObject> events;
    private final WebSocket socket;

    private DevTools(AutoCloseable program, String address, Consumer<JsonObject> events) throws Exception {
        this.program = program;
        this.events = events;
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address), new Reader())
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /**
     * How a browser is called that does nothing of itself; others may add to it.
     *
     * @param profile the folder of its profile
     */
    public static List<String> chromium(Path profile, String... more) {
        List<String> command = new ArrayList<>(List.of(
                Programs.require("chromium"),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + profile));
        command.addAll(List.of(more));
        return command;
    }

    /**
     * Starts a browser.
     *
     * @param folder where its profile and its log may be
     * @param events gets what it says unasked, in order, and must not wait
     * @param more arguments
     */
    public static DevTools start(Path folder, Consumer<JsonObject> events, String... more) throws Exception {
        Path profile = folder.resolve("chromium");
        List<String> command = chromium(profile, "--remote-debugging-port=0");
        command.addAll(List.of(more));
        command.add("about:blank");
        AutoCloseable program = Programs.serve(folder.resolve("chromium.log"), command.toArray(String[]::new));
        try {
            Path port = profile.resolve("DevToolsActivePort");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(30))
                    .until(() -> Files.exists(port) && Files.size(port) > 0);
            return new DevTools(program, pageOf(Files.readAllLines(port).get(0)), events);
        } catch (Exception | AssertionError e) {
            program.close();
            throw e;
        }
    }

    private static String pageOf(String port) throws Exception {
        HttpRequest list = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
                .build();
        String pages = HttpClient.newHttpClient()
                .send(list, HttpResponse.BodyHandlers.ofString())
                .body();
        return JsonParser.parseString(pages).getAsJsonArray().asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(target -> target.get("type").getAsString().equals("page"))
                .map(target -> target.get("webSocketDebuggerUrl").getAsString())
                .findFirst()
                .orElseThrow();
    }

    /** Asks for something and waits for the result; fails where there is an error instead. */
    public JsonObject ask(String method, JsonObject parameters) throws Exception {
        JsonObject told = send(method, parameters).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (told.has("error")) {
            throw new AssertionError(method + ": " + told.get("error"));
        }
        return told.getAsJsonObject("result");
    }

    /** Asks for something. @return the whole answer, once it comes */
    public synchronized CompletableFuture<JsonObject> send(String method, JsonObject parameters) throws Exception {
        int id = ids.incrementAndGet();
        JsonObject message = new JsonObject();
        message.addProperty("id", id);
        message.addProperty("method", method);
        message.add("params", parameters);
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        asked.put(id, answer);
        socket.sendText(message.toString(), true).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return answer;
    }

    /** What a script comes to, which may be a promise of it; a script that throws fails the test. */
    public JsonElement evaluate(String script) throws Exception {
        JsonObject parameters = new JsonObject();
        parameters.addProperty("expression", script);
        parameters.addProperty("awaitPromise", true);
        parameters.addProperty("returnByValue", true);
        JsonObject result = ask("Runtime.evaluate", parameters);
        if (result.has("exceptionDetails")) {
            throw new AssertionError(script + "\n" + result.get("exceptionDetails"));
        }
        JsonElement value = result.getAsJsonObject("result").get("value");
        return value == null ? JsonNull.INSTANCE : value;
    }

    private void take(JsonObject message) {
        if (message.has("id")) {
            asked.remove(message.get("id").getAsInt()).complete(message);
        } else {
            events.accept(message);
        }
    }

    @Override
    public void close() throws Exception {
        socket.abort();
        program.close();
    }

    private final class Reader implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                JsonObject message = JsonParser.parseString(text.toString()).getAsJsonObject();
                text.setLength(0);
                take(message);
            }
            from.request(1);
            return null;
        }
    }
}
