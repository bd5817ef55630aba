package dev.fenliu.tunnel.https2;

import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.inbound.Acceptor;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.inbound.ListenerSettings;
import dev.fenliu.inbound.ListenerType;
import dev.fenliu.inbound.ServerIdentity;
import dev.fenliu.model.Destination;
import dev.fenliu.net.ServerTls;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The listener type {@code https2}: the server end, which strangers take for a web site. */
public final class Https2ListenerType implements ListenerType<Https2ListenerOptions> {
    private static final List<String> ALPN = List.of("h2", "http/1.1");

    private static final Key<Secret> PASSWORD = Key.optional(
            "password", Type.SECRET, "The password of all clients, with any user name; `users` give each one its own.");
    private static final ServerIdentity.Keys IDENTITY = ServerIdentity.Keys.REQUIRED;
    private static final Key<Destination> FALLBACK = Key.optional(
            "fallback",
            Type.DESTINATION,
            "host:port of a plain HTTP/1.1 site that whoever does not log in gets to see; without it, pages are not found.");
    private static final Key<Secret> CHALLENGE_HOST = Key.optional(
            "challenge-host",
            Type.SECRET,
            "A secret host name at which browsers are asked for user name and password, as they need it once before they send"
                    + " them: open http://NAME/ through this proxy. It must be one that nobody can guess, because whoever"
                    + " asks for it learns that this is a proxy; for any other name, those who have not logged in see the"
                    + " web site.");
    private static final Key<Boolean> ALLOW_PRIVATE = Key.withDefault(
            "allow-private", Type.BOOLEAN, false, "Whether clients may reach private addresses of this network.");

    @Override
    public String name() {
        return Https2Type.NAME;
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(
                PASSWORD, IDENTITY.certificate(), IDENTITY.privateKey(), FALLBACK, CHALLENGE_HOST, ALLOW_PRIVATE);
    }

    @Override
    public boolean remote() {
        return true;
    }

    @Override
    public @Nullable Https2ListenerOptions parse(Section section, ListenerSettings settings) {
        Optional<Secret> password = Optional.ofNullable(section.get(PASSWORD));
        Optional<Destination> fallback = Optional.ofNullable(section.get(FALLBACK));
        Optional<Secret> challengeHost = Optional.ofNullable(section.get(CHALLENGE_HOST));
        challengeHost.ifPresent(name -> check(section, name));
        boolean allowPrivate = section.value(ALLOW_PRIVATE);
        ServerIdentity identity = IDENTITY.read(section, ALPN);
        if (password.isEmpty() && settings.users().isEmpty() && !section.has(PASSWORD)) {
            section.problems().error(section.node(), section.what() + " needs the key \"password\" or \"users\"");
        }
        return identity == null || !section.clean()
                ? null
                : new Https2ListenerOptions(password, identity, fallback, challengeHost, allowPrivate);
    }

    private static void check(Section section, Secret challengeHost) {
        try {
            ChallengeHost.check(challengeHost);
        } catch (IllegalArgumentException e) {
            section.problems().error(section.at(CHALLENGE_HOST), "\"challenge-host\" " + e.getMessage());
        }
    }

    @Override
    public Acceptor open(Https2ListenerOptions options, ListenerContext context) throws IOException {
        ServerTls tls = options.identity().tls(ALPN);
        tls.prepare();
        return new Https2Acceptor(options, context, tls);
    }
}
