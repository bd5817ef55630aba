package dev.fenliu.app;

import com.google.gson.JsonObject;
import dev.fenliu.net.Sockets;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fenliu dashboard}: the address of the dashboard, with a code that logs a browser in once. */
@Command(
        name = "dashboard",
        description = "Print the address of the dashboard, with a code that logs one browser in within two minutes.",
        mixinStandardHelpOptions = true)
final class DashboardCommand implements Callable<Integer> {
    @Mixin
    private final ApiClient api = new ApiClient();

    @Option(names = "--json", description = "One JSON object: url, expires-in (seconds).")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        InetSocketAddress there = api.pages();
        JsonObject made = api.send("POST", "/api/v1/codes", "");
        String url =
                "http://" + Sockets.text(there) + "/#code=" + made.get("code").getAsString();
        if (json) {
            JsonObject object = new JsonObject();
            object.addProperty("url", url);
            object.add("expires-in", made.get("expires-in"));
            System.out.println(object);
            return ExitCode.OK;
        }
        System.out.println(url);
        if (Terminal.showsOutput() && !there.getAddress().isLoopbackAddress()) {
            QrText.lines(url, Terminal.colour()).forEach(System.out::println); // for a phone, which loopback is not for
        }
        return ExitCode.OK;
    }
}
