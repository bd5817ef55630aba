package dev.fenliu.control;

import com.google.gson.JsonObject;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Pages: the dashboard of the program, and one of the user's under {@code /ui/}. They have no secret in them. */
final class WebRoutes {
    /** Nothing of anybody else, and no script or style that is not a file of ours. */
    static final String STRICT =
            "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /** Dashboards of others are made with what this allows; it keeps them from talking to anybody but us. */
    private static final String OF_OTHERS = "default-src 'self' 'unsafe-inline' data: blob:; object-src 'none';"
            + " base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

    private static final String INDEX = "index.html";

    /** Read when they are first asked for, as most starts are nobody's who looks. */
    private static final class Own {
        static final WebFiles FILES = WebFiles.ofProgram("web", STRICT);

        private Own() {}
    }

    private WebRoutes() {}

    /** @param ui a folder that is served as it is now */
    static List<Route> routes(Optional<Path> ui) {
        Optional<WebFiles> others = ui.map(folder -> WebFiles.of(folder, OF_OTHERS));
        return List.of(
                Route.work(
                        HttpMethod.GET, "/", null, call -> wantsPage(call) ? Own.FILES.answer(call, INDEX) : hello()),
                Route.work(
                        HttpMethod.GET,
                        "/assets/{name...}",
                        null,
                        call -> Own.FILES.answer(call, "assets/" + call.captured("name"))),
                Route.now(
                        HttpMethod.GET,
                        "/ui",
                        null,
                        call -> others.isEmpty()
                                ? Reply.missing()
                                : Reply.of(HttpResponseStatus.TEMPORARY_REDIRECT, "text/plain", "")
                                        .with(HttpHeaderNames.LOCATION, "/ui/")),
                Route.work(
                        HttpMethod.GET,
                        "/ui/{name...}",
                        null,
                        call -> others.map(files -> files.answer(
                                        call, call.captured("name").isEmpty() ? INDEX : call.captured("name")))
                                .orElseGet(Reply::missing)));
    }

    private static boolean wantsPage(Call call) {
        return call.headers().get(HttpHeaderNames.ACCEPT, "").contains("text/html");
    }

    /** What dashboards for Clash know such a program by. */
    private static Reply hello() {
        JsonObject object = new JsonObject();
        object.addProperty("hello", "fenliu");
        return Reply.json(object);
    }
}
