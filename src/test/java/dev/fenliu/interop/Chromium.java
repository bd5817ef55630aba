package dev.fenliu.interop;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A browser without a window, steered by the DevTools protocol, that logs in wherever a proxy asks it to. */
final class Chromium implements AutoCloseable {
    private static final int PATIENCE = 60;

    private final Map<Integer, CompletableFuture<JsonObject>> asked = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final Queue<String> challenges = new ConcurrentLinkedQueue<>();
    private final String password;
    private final WebSocket socket;
    private CompletableFuture<?> loaded = new CompletableFuture<>();

    /**
     * Starts one.
     *
     * @param login user name and password, with a colon between
     * @param more arguments
     */
    Chromium(Programs programs, Path profile, String login, String... more) throws Exception {
        this.password = login;
        List<String> command = new ArrayList<>(List.of(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile));
        command.addAll(List.of(more));
        command.add("about:blank");
        programs.start(command.toArray(String[]::new));
        int port = Integer.parseInt(port(profile.resolve("DevToolsActivePort")));
        HttpClient client = HttpClient.newHttpClient();
        String pages = client.send(
                        java.net.http.HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
                                .build(),
                        java.net.http.HttpResponse.BodyHandlers.ofString())
                .body();
        String page = JsonParser.parseString(pages).getAsJsonArray().asList().stream()
                .map(target -> target.getAsJsonObject())
                .filter(target -> target.get("type").getAsString().equals("page"))
                .map(target -> target.get("webSocketDebuggerUrl").getAsString())
                .findFirst()
                .orElseThrow();
        socket = client.newWebSocketBuilder()
                .buildAsync(URI.create(page), new Reader())
                .get(PATIENCE, TimeUnit.SECONDS);
        ask("Page.enable", "{}");
        ask("Fetch.enable", "{\"handleAuthRequests\": true}");
    }

    private static String port(Path file) throws Exception {
        for (int i = 0; i < PATIENCE * 20; i++) {
            if (Files.exists(file) && Files.size(file) > 0) {
                return Files.readAllLines(file).get(0);
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("chromium has not started");
    }

    /** Where proxies asked for the login, oldest first. */
    Queue<String> challenges() {
        return challenges;
    }

    /** Opens a page and all that it holds; the page's text. */
    String open(String url) throws Exception {
        CompletableFuture<?> done = new CompletableFuture<>();
        loaded = done;
        ask("Page.navigate", "{\"url\": \"" + url + "\"}");
        done.get(PATIENCE, TimeUnit.SECONDS);
        return evaluate("document.body.innerText");
    }

    /** What a script comes to, which may be a promise of it. */
    String evaluate(String script) throws Exception {
        JsonObject parameters = new JsonObject();
        parameters.addProperty("expression", script);
        parameters.addProperty("awaitPromise", true);
        return ask("Runtime.evaluate", parameters.toString())
                .getAsJsonObject("result")
                .getAsJsonObject("result")
                .get("value")
                .getAsString();
    }

    private JsonObject ask(String method, String parameters) throws Exception {
        return send(method, parameters).get(PATIENCE, TimeUnit.SECONDS);
    }

    private synchronized CompletableFuture<JsonObject> send(String method, String parameters) {
        int id = ids.incrementAndGet();
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        asked.put(id, answer);
        socket.sendText("{\"id\": " + id + ", \"method\": \"" + method + "\", \"params\": " + parameters + "}", true)
                .join();
        return answer;
    }

    private void take(JsonObject message) {
        if (message.has("id")) {
            CompletableFuture<JsonObject> answer =
                    asked.remove(message.get("id").getAsInt());
            answer.complete(message);
            return;
        }
        JsonObject event = message.getAsJsonObject("params");
        switch (message.get("method").getAsString()) {
            case "Page.loadEventFired" -> loaded.complete(null);
            case "Fetch.requestPaused" ->
                send("Fetch.continueRequest", "{\"requestId\": " + event.get("requestId") + "}");
            case "Fetch.authRequired" -> {
                challenges.add(event.getAsJsonObject("request").get("url").getAsString());
                int colon = password.indexOf(':');
                send(
                        "Fetch.continueWithAuth",
                        "{\"requestId\": %s, \"authChallengeResponse\": {\"response\": \"ProvideCredentials\", \"username\": \"%s\", \"password\": \"%s\"}}"
                                .formatted(
                                        event.get("requestId"),
                                        password.substring(0, colon),
                                        password.substring(colon + 1)));
            }
            default -> {}
        }
    }

    @Override
    public void close() {
        socket.abort();
    }

    private final class Reader implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                JsonObject message = JsonParser.parseString(text.toString()).getAsJsonObject();
                text.setLength(0);
                CompletableFuture.runAsync(() -> take(message)); // which sends, and must not keep the reader
            }
            from.request(1);
            return null;
        }
    }
}
