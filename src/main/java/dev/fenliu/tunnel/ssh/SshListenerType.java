package dev.fenliu.tunnel.ssh;

import dev.fenliu.config.InputFile;
import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The listener type {@code ssh}: a server that forwards and does nothing else. */
public final class SshListenerType implements ListenerType<SshListenerOptions> {
    private static final Key<Path> PRIVATE_KEY = Key.required(
            "private-key", Type.PATH, "File of the server's own private key, as `ssh-keygen` writes it, unencrypted.");
    private static final Key<Path> AUTHORIZED_KEYS = Key.optional(
            "authorized-keys",
            Type.PATH,
            "File of the keys of clients, as `sshd` has it; the comment of each names the user. `users` have passwords.");
    private static final Key<Boolean> ALLOW_PRIVATE = Key.withDefault(
            "allow-private", Type.BOOLEAN, false, "Whether clients may reach private addresses of this network.");

    @Override
    public String name() {
        return "ssh";
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(PRIVATE_KEY, AUTHORIZED_KEYS, ALLOW_PRIVATE);
    }

    @Override
    public boolean remote() {
        return true;
    }

    @Override
    public @Nullable SshListenerOptions parse(Section section, ListenerSettings settings) {
        String key = text(section, PRIVATE_KEY);
        String authorized = text(section, AUTHORIZED_KEYS);
        boolean allowPrivate = section.value(ALLOW_PRIVATE);
        if (!section.has(AUTHORIZED_KEYS) && settings.users().isEmpty()) {
            section.problems()
                    .error(section.node(), section.what() + " needs the key \"authorized-keys\" or \"users\"");
        }
        check(section, PRIVATE_KEY, () -> SshLogin.keys(bytes(key)));
        check(section, AUTHORIZED_KEYS, () -> AuthorizedKeys.parse(authorized == null ? "" : authorized));
        return key == null || !section.clean()
                ? null
                : new SshListenerOptions(new Secret(key), authorized == null ? "" : authorized, allowPrivate);
    }

    private interface Reading {
        void read() throws IOException;
    }

    private static void check(Section section, Key<Path> key, Reading reading) {
        if (!section.clean() || !section.has(key)) {
            return;
        }
        try {
            reading.read();
        } catch (IOException e) {
            section.problems().error(section.at(key), "\"" + key.name() + "\": " + e.getMessage());
        }
    }

    static byte[] bytes(@Nullable String key) {
        return (key == null ? "" : key).getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String text(Section section, Key<Path> key) {
        Path file = section.get(key);
        try {
            return file == null ? null : InputFile.text(file);
        } catch (IOException e) {
            section.problems().error(section.at(key), "\"" + key.name() + "\": cannot read " + file, Type.reason(e));
            return null;
        }
    }

    @Override
    public Acceptor open(SshListenerOptions options, ListenerContext context) throws IOException {
        return new SshAcceptor(options, context);
    }
}
