package dev.fenliu.tunnel.ssh;

import dev.fenliu.config.InputFile;
import dev.fenliu.config.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.util.security.SecurityUtils;

/** Who we are to the server: a user, and a key, a password or an agent to prove it. Hides its secrets. */
final class SshLogin {
    private final String username;
    private final List<KeyPair> keys;
    private final Optional<Secret> password;
    private final Optional<Path> agent;

    /** @throws IOException if the key cannot be read; the message says why */
    SshLogin(SshOptions options) throws IOException {
        this.username = options.username();
        this.password = options.password();
        this.agent = options.agent();
        this.keys =
                options.privateKey().isPresent() ? read(options.privateKey().get(), options.passphrase()) : List.of();
    }

    private static List<KeyPair> read(Path file, Optional<Secret> passphrase) throws IOException {
        byte[] bytes = InputFile.read(file, InputFile.SMALL);
        try {
            return keys(bytes, passphrase.map(Secret::value).orElse(""));
        } catch (IOException e) {
            throw new IOException(
                    "\"private-key\": " + file + " cannot be used"
                            + (passphrase.isPresent()
                                    ? ": is \"passphrase\" right?"
                                    : ": it is no private key, or needs a \"passphrase\""),
                    e);
        }
    }

    /** The keys of a file as {@code ssh-keygen} writes it, unencrypted. */
    static List<KeyPair> keys(byte[] file) throws IOException {
        return keys(file, "");
    }

    private static List<KeyPair> keys(byte[] file, String passphrase) throws IOException {
        List<KeyPair> keys = new ArrayList<>();
        try {
            Iterable<KeyPair> found = SecurityUtils.loadKeyPairIdentities(
                    null,
                    NamedResource.ofName("private-key"),
                    new ByteArrayInputStream(file),
                    FilePasswordProvider.of(passphrase));
            if (found != null) {
                found.forEach(keys::add);
            }
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw new IOException("this is no private key, or it is encrypted", e);
        }
        if (keys.isEmpty()) {
            throw new IOException("there is no private key in it");
        }
        return keys;
    }

    String username() {
        return username;
    }

    /** Whom to ask for signatures. */
    Optional<Path> agent() {
        return agent;
    }

    void offer(ClientSession session) {
        session.setUsername(username);
        keys.forEach(session::addPublicKeyIdentity);
        password.ifPresent(secret -> session.addPasswordIdentity(secret.value()));
    }

    /** What we have shown, for a message that says that it was refused. */
    String shown() {
        return agent.isPresent() ? "any key of the agent" : keys.isEmpty() ? "the password" : "the key";
    }
}
