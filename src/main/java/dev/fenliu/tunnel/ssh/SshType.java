package dev.fenliu.tunnel.ssh;

import dev.fenliu.config.InputFile;
import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.model.Destination;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.outbound.TunnelType;
import dev.fenliu.outbound.Upstream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The outbound type {@code ssh}. */
public final class SshType implements TunnelType<SshOptions> {
    private static final Key<Destination> SERVER =
            Key.required("server", Type.DESTINATION, "Host and port of the SSH server.");
    private static final Key<String> USERNAME =
            Key.required("username", Type.TEXT, "The user on the server; it needs no shell.");
    private static final Key<Path> PRIVATE_KEY = Key.optional(
            "private-key",
            Type.PATH,
            "File of the private key, as `ssh-keygen` writes it. Without key and password, the agent of `SSH_AUTH_SOCK`.");
    private static final Key<Secret> PASSPHRASE =
            Key.optional("passphrase", Type.SECRET, "What `private-key` is encrypted with.");
    private static final Key<Secret> PASSWORD =
            Key.optional("password", Type.SECRET, "The user's password, for a server that takes one.");
    private static final Key<Path> KNOWN_HOSTS = Key.optional(
            "known-hosts",
            Type.PATH,
            "File of the keys of known servers, as `ssh` writes it; `~/.ssh/known_hosts` if absent. No other key is"
                    + " accepted.");

    @Override
    public String name() {
        return "ssh";
    }

    @Override
    public List<Key<?>> keys() {
        return List.of(SERVER, USERNAME, PRIVATE_KEY, PASSPHRASE, PASSWORD, KNOWN_HOSTS);
    }

    @Override
    public @Nullable SshOptions parse(Section section) {
        Destination server = section.get(SERVER);
        String username = section.get(USERNAME);
        if (section.has(PASSPHRASE) && !section.has(PRIVATE_KEY)) {
            section.problems().error(section.at(PASSPHRASE), "\"passphrase\" needs \"private-key\"");
        }
        Optional<Path> agent =
                section.has(PRIVATE_KEY) || section.has(PASSWORD) ? Optional.empty() : agent(System.getenv());
        if (!section.has(PRIVATE_KEY) && !section.has(PASSWORD) && agent.isEmpty()) {
            section.problems()
                    .error(
                            section.node(),
                            section.what()
                                    + ": nothing to log in with: \"private-key\" or \"password\" is missing, and no"
                                    + " agent is running (SSH_AUTH_SOCK)");
        }
        Path knownHosts = section.get(KNOWN_HOSTS);
        if (knownHosts == null) {
            knownHosts = Path.of(System.getProperty("user.home", ""), ".ssh", "known_hosts");
        }
        for (Key<Path> file : List.of(PRIVATE_KEY, KNOWN_HOSTS)) {
            readable(section, file);
        }
        if (server == null || username == null || !section.clean()) {
            return null;
        }
        return new SshOptions(
                server,
                username,
                Optional.ofNullable(section.get(PRIVATE_KEY)),
                Optional.ofNullable(section.get(PASSPHRASE)),
                Optional.ofNullable(section.get(PASSWORD)),
                agent,
                knownHosts);
    }

    private static Optional<Path> agent(Map<String, String> environment) {
        return Optional.ofNullable(environment.get("SSH_AUTH_SOCK"))
                .filter(path -> !path.isEmpty())
                .map(Path::of);
    }

    private static void readable(Section section, Key<Path> key) {
        Path file = section.get(key);
        if (file == null) {
            return;
        }
        try {
            InputFile.read(file, InputFile.SMALL);
        } catch (IOException e) {
            section.problems().error(section.at(key), "\"" + key.name() + "\": cannot read " + file, Type.reason(e));
        }
    }

    @Override
    public Outbound open(String name, SshOptions options, TunnelContext context) throws IOException {
        Upstream upstream = new Upstream(name, options.server(), context.server(), Optional.empty());
        return new SshOutbound(
                upstream, new SshLogin(options), KnownHosts.read(options.knownHosts(), options.server()));
    }
}
