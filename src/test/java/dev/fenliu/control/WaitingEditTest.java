package dev.fenliu.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fenliu.control.http.Route;
import dev.fenliu.control.rest.Counting;
import dev.fenliu.control.rules.Drafts;
import dev.fenliu.control.rules.FileRoutes;
import dev.fenliu.control.rules.Hit;
import dev.fenliu.control.rules.ListRoutes;
import dev.fenliu.control.rules.RuleRoutes;
import dev.fenliu.control.rules.Workbench;
import dev.fenliu.edit.Editor;
import dev.fenliu.engine.Proxy;
import dev.fenliu.tally.Tally;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An edit waits for its reload, and nobody who only looks waits with it. */
@Timeout(60)
class WaitingEditTest {
    private static final InstantSource DATES = InstantSource.system();
    /** One that runs, and those that may wait for it. */
    private static final int EDITS = 1 + 8;

    private static final String CONFIG = """
        listeners: [{type: http, name: in, listen: "127.0.0.1:0"}]
        api: {listen: "127.0.0.1:0"}
        """;

    @TempDir
    private Path folder;

    private final CountDownLatch reloading = new CountDownLatch(1);
    private final CountDownLatch ready = new CountDownLatch(1);

    private List<Route> routes(Proxy proxy) {
        Drafts drafts = new Drafts(
                Served.PROTOCOLS,
                proxy::examine,
                proxy::inquiry,
                () -> {
                    reloading.countDown();
                    try {
                        ready.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return Optional.empty();
                },
                folder);
        Tally tally = new Tally(DATES, ZoneOffset.UTC, folder);
        Workbench bench = new Workbench(
                proxy,
                new Editor(folder, DATES, drafts, CONFIG),
                drafts,
                rule -> new Hit(0, Optional.empty()),
                List::of,
                () -> new Workbench.Made(folder.resolve("made.yaml"), CONFIG + "rules: [{to: direct}]\n"),
                DATES,
                folder);
        List<Route> routes = new ArrayList<>(Counting.routes(proxy, tally, "9.9"));
        routes.addAll(RuleRoutes.routes(bench));
        routes.addAll(ListRoutes.routes(bench));
        routes.addAll(FileRoutes.routes(bench));
        return routes;
    }

    private static Socket edit(Served served) throws IOException {
        String body = "{\"rule\":\"a.test\",\"to\":\"block\"}";
        Socket socket = served.connect(1);
        socket.getOutputStream()
                .write(served.request("/api/v1/rules")
                        .replace("GET ", "POST ")
                        .replace(
                                "\r\n\r\n",
                                "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
                                        + body.length() + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    private static String answer(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static boolean isAnswered(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            if (socket.getInputStream().available() > 0) {
                return true;
            }
        }
        return false;
    }

    @Test
    void who_looks_does_not_wait_for_an_edit_and_edits_wait_for_each_other() throws Exception {
        try (Served served = new Served(folder, CONFIG, this::routes);
                Socket first = edit(served)) {
            reloading.await();
            for (String path : List.of(
                    "/metrics",
                    "/api/v1/devices",
                    "/api/v1/rules",
                    "/api/v1/rule-sets",
                    "/api/v1/files",
                    "/api/v1/changes",
                    "/api/v1/flows")) {
                assertThat(served.head(2, served.request(path))).as(path).startsWith("HTTP/1.1 200");
            }
            List<Socket> waiting = new ArrayList<>();
            for (int i = 0; i < EDITS; i++) { // one more than may wait
                waiting.add(edit(served));
            }
            await().until(() -> isAnswered(waiting));
            ready.countDown();
            List<String> answers = new ArrayList<>();
            for (Socket socket : waiting) {
                answers.add(answer(socket));
                socket.close();
            }
            assertThat(answer(first)).startsWith("HTTP/1.1 201");
            assertThat(answers)
                    .filteredOn(answer -> answer.startsWith("HTTP/1.1 503"))
                    .singleElement()
                    .satisfies(answer -> assertThat(answer).contains("wait for their reloads; try again"));
            assertThat(Files.readString(folder.resolve("made.yaml"))).contains("a.test");
        }
    }
}
