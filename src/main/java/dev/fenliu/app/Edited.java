package dev.fenliu.app;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;

/** What a command looks at or changes: at the program that runs with the config, or the files. Options of commands. */
final class Edited {
    @Mixin
    private final ApiClient api = new ApiClient();

    ApiClient api() {
        return api;
    }

    /** Whether a program runs with this config, and can be told. */
    boolean isLive() throws Stop, InterruptedException {
        JsonObject status;
        try {
            status = api.get("/api/v1/status");
        } catch (Stop e) {
            if (e.code() == ExitCode.FAILED) {
                return false; // none that we know of; if one watches the file, it takes it by itself
            }
            throw e;
        }
        Optional<Path> own = ConfigSource.find(api.config()).file();
        boolean named = status.get("config").isJsonPrimitive();
        if (own.isEmpty() || !Files.exists(own.get())) {
            return api.config() == null;
        }
        try {
            return named
                    && Files.isSameFile(own.get(), Path.of(status.get("config").getAsString()));
        } catch (IOException e) {
            return false; // its path is relative to another folder
        }
    }

    /** To look at things. */
    Desk desk() throws Stop, InterruptedException {
        return desk(new Reversal());
    }

    /** To change them. @throws Stop if they are to go back by themselves, and nobody is there who would do it */
    Desk desk(Reversal reversal) throws Stop, InterruptedException {
        if (isLive()) {
            return new LiveDesk(api, reversal);
        }
        if (reversal.isWanted()) {
            throw new Stop(
                    ExitCode.FAILED,
                    "no program is running with this config, so that nobody could take the change back: leave out"
                            + " --confirm and --revert-when-worse");
        }
        return new FileDesk(ConfigSource.find(api.config()).file().orElseGet(ConfigSource::ofUser));
    }

    /** Says what was done. */
    void tell(Desk.Done done, Reversal reversal) {
        done.problems().forEach(System.err::println);
        System.err.println(done.what()
                + done.change()
                        .map(id -> ". To take it back: fenliu undo " + id + api.again()
                                + reversal.notice(id + api.again()))
                        .orElse(""));
    }
}
