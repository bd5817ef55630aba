package dev.fenliu.interop;

import com.google.gson.JsonObject;
import dev.fenliu.e2e.DevTools;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** A browser that logs in wherever a proxy asks it to. */
final class Chromium implements AutoCloseable {
    private static final int PATIENCE = 60;

    private final Queue<String> challenges = new ConcurrentLinkedQueue<>();
    private final String password;
    private final DevTools browser;
    private volatile CompletableFuture<?> loaded = new CompletableFuture<>();

    /**
     * Starts one.
     *
     * @param folder where its profile and its log may be
     * @param login user name and password, with a colon between
     * @param more arguments
     */
    Chromium(Path folder, String login, String... more) throws Exception {
        this.password = login;
        this.browser = DevTools.start(
                folder,
                event -> CompletableFuture.runAsync(() -> take(event)),
                more); // which sends, and must not keep the reader
        browser.ask("Page.enable", new JsonObject());
        JsonObject asking = new JsonObject();
        asking.addProperty("handleAuthRequests", true);
        browser.ask("Fetch.enable", asking);
    }

    /** Where proxies asked for the login, oldest first. */
    Queue<String> challenges() {
        return challenges;
    }

    /** Opens a page and all that it holds; the page's text. */
    String open(String url) throws Exception {
        CompletableFuture<?> done = new CompletableFuture<>();
        loaded = done;
        JsonObject where = new JsonObject();
        where.addProperty("url", url);
        browser.ask("Page.navigate", where);
        done.get(PATIENCE, TimeUnit.SECONDS);
        return evaluate("document.body.innerText");
    }

    /** What a script comes to, which may be a promise of it. */
    String evaluate(String script) throws Exception {
        return browser.evaluate(script).getAsString();
    }

    private void take(JsonObject message) {
        JsonObject event = message.getAsJsonObject("params");
        switch (message.get("method").getAsString()) {
            case "Page.loadEventFired" -> loaded.complete(null);
            case "Fetch.requestPaused" -> answer("Fetch.continueRequest", event, new JsonObject());
            case "Fetch.authRequired" -> {
                challenges.add(event.getAsJsonObject("request").get("url").getAsString());
                int colon = password.indexOf(':');
                JsonObject login = new JsonObject();
                login.addProperty("response", "ProvideCredentials");
                login.addProperty("username", password.substring(0, colon));
                login.addProperty("password", password.substring(colon + 1));
                JsonObject parameters = new JsonObject();
                parameters.add("authChallengeResponse", login);
                answer("Fetch.continueWithAuth", event, parameters);
            }
            default -> {}
        }
    }

    private void answer(String method, JsonObject event, JsonObject parameters) {
        parameters.add("requestId", event.get("requestId"));
        try {
            browser.send(method, parameters);
        } catch (Exception e) {
            throw new IllegalStateException(e); // the page is not loaded then, which fails the test
        }
    }

    @Override
    public void close() throws Exception {
        browser.close();
    }
}
