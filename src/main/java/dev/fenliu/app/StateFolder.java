package dev.fenliu.app;

import java.nio.file.Path;

/** The folder for what survives a restart: of systemd, of XDG, or below the home folder. */
final class StateFolder {
    private StateFolder() {}

    static Path path() {
        String systemd = System.getenv("STATE_DIRECTORY");
        if (systemd != null && !systemd.isEmpty()) {
            return Path.of(systemd.split(":", 2)[0]);
        }
        String xdg = System.getenv("XDG_STATE_HOME");
        return xdg != null && !xdg.isEmpty()
                ? Path.of(xdg, "fenliu")
                : Path.of(System.getProperty("user.home", "."), ".local/state/fenliu");
    }
}
