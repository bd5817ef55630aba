package dev.fenliu.app;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fenliu reload}: as a HUP, but it says what came of it. */
@Command(
        name = "reload",
        description = "Have the running program read its config anew, and say what came of it. A config with errors"
                + " changes nothing.",
        mixinStandardHelpOptions = true)
final class ReloadCommand implements Callable<Integer> {
    @Mixin
    private final ApiClient api = new ApiClient();

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        JsonObject done = api.send("POST", "/api/v1/reload", "");
        if (json) {
            System.out.println(done);
            return ExitCode.OK;
        }
        for (JsonElement problem : done.getAsJsonArray("problems")) {
            System.err.println(ApiClient.problem(problem.getAsJsonObject()));
        }
        System.out.println("generation " + done.get("generation").getAsLong() + " is in force: "
                + done.get("rules").getAsInt() + " rules, "
                + done.get("flows").getAsInt() + " flows run on, "
                + done.get("took-ms").getAsLong() + " ms");
        return ExitCode.OK;
    }
}
