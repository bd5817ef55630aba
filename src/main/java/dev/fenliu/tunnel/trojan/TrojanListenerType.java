package dev.fenliu.tunnel.trojan;

import dev.fenliu.config.InputFile;
import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.model.Destination;
import dev.fenliu.net.ServerTls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The listener type {@code trojan}: the server end, which strangers take for a web site. */
public final class TrojanListenerType implements ListenerType<TrojanListenerOptions> {
    /** What a site behind {@code fallback} speaks in plain text. */
    private static final List<String> ALPN = List.of("http/1.1");

    private static final Key<Secret> PASSWORD =
            Key.optional("password", Type.SECRET, "The password of all clients; `users` give each one its own.");
    private static final Key<Path> CERTIFICATE =
            Key.required("certificate", Type.PATH, "PEM file of the certificate and its chain.");
    private static final Key<Path> PRIVATE_KEY =
            Key.required("private-key", Type.PATH, "PEM file of the certificate's private key.");
    private static final Key<Destination> FALLBACK = Key.optional(
            "fallback", Type.DESTINATION, "host:port of a plain HTTP/1.1 site that whoever is no client gets to see.");
    private static final Key<Boolean> ALLOW_PRIVATE = Key.withDefault(
            "allow-private", Type.BOOLEAN, false, "Whether clients may reach private addresses of this network.");

    @Override
    public String name() {
        return TrojanType.NAME;
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(PASSWORD, CERTIFICATE, PRIVATE_KEY, FALLBACK, ALLOW_PRIVATE);
    }

    @Override
    public boolean remote() {
        return true;
    }

    @Override
    public @Nullable TrojanListenerOptions parse(Section section, ListenerSettings settings) {
        Optional<Secret> password = Optional.ofNullable(section.get(PASSWORD));
        Optional<Destination> fallback = Optional.ofNullable(section.get(FALLBACK));
        boolean allowPrivate = section.value(ALLOW_PRIVATE);
        String certificate = text(section, CERTIFICATE);
        String key = text(section, PRIVATE_KEY);
        if (certificate != null && key != null) {
            try {
                new ServerTls(certificate, key, ALPN);
            } catch (IOException e) {
                String why = String.valueOf(e.getMessage());
                Key<Path> which = why.contains("private key") ? PRIVATE_KEY : CERTIFICATE;
                section.problems().error(section.at(which), "\"" + which.name() + "\": " + why);
            }
        }
        checkPasswords(section, password, settings);
        return certificate == null || key == null || !section.clean()
                ? null
                : new TrojanListenerOptions(password, certificate, new Secret(key), fallback, allowPrivate);
    }

    private static @Nullable String text(Section section, Key<Path> key) {
        Path file = section.get(key);
        if (file == null) {
            return null;
        }
        try {
            return InputFile.text(file);
        } catch (IOException e) {
            section.problems().error(section.at(key), "\"" + key.name() + "\": cannot read " + file, Type.reason(e));
            return null;
        }
    }

    private static void checkPasswords(Section section, Optional<Secret> password, ListenerSettings settings) {
        if (password.isEmpty() && settings.users().isEmpty() && !section.has(PASSWORD)) {
            section.problems().error(section.node(), section.what() + " needs the key \"password\" or \"users\"");
        }
        Set<Secret> seen = new HashSet<>(settings.users().values());
        if (seen.size() < settings.users().size() || password.isPresent() && seen.contains(password.get())) {
            section.problems()
                    .error(
                            section.node(),
                            section.what() + ": two users have the same password",
                            "Trojan knows users by their passwords alone");
        }
    }

    @Override
    public Acceptor open(TrojanListenerOptions options, ListenerContext context) throws IOException {
        ServerTls tls =
                new ServerTls(options.certificate(), options.privateKey().value(), ALPN);
        tls.prepare();
        return new TrojanAcceptor(options, context, tls);
    }
}
