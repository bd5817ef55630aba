package dev.fenliu.tunnel.ssh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.server.session.ServerSession;

/**
 * Whose keys a listener takes, as {@code sshd} keeps them (sshd(8), AUTHORIZED_KEYS FILE FORMAT; options are ignored, for
 * there is nothing here but forwarding). The comment of a key says who its user is; without one, the name of the login
 * does. Immutable.
 */
final class AuthorizedKeys {
    private static final AttributeKey<String> OWNER = new AttributeKey<>();

    private record Known(PublicKey key, String owner) {}

    private final List<Known> keys;

    private AuthorizedKeys(List<Known> keys) {
        this.keys = keys;
    }

    /** @throws IOException if a line holds no key; the message says which */
    static AuthorizedKeys parse(String text) throws IOException {
        List<Known> keys = new ArrayList<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            if (line.isBlank() || line.strip().startsWith("#")) {
                continue;
            }
            try {
                for (AuthorizedKeyEntry entry :
                        AuthorizedKeyEntry.readAuthorizedKeys(new BufferedReader(new StringReader(line)), true)) {
                    PublicKey key = entry.resolvePublicKey(null, PublicKeyEntryResolver.FAILING);
                    keys.add(new Known(key, entry.getComment() == null ? "" : entry.getComment()));
                }
            } catch (IOException | GeneralSecurityException | RuntimeException e) {
                throw new IOException("line " + number + " holds no key that could be used", e);
            }
        }
        return new AuthorizedKeys(List.copyOf(keys));
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    /** Whether the key is one of these; remembers whose. */
    boolean admits(String login, PublicKey key, ServerSession session) {
        for (Known known : keys) {
            if (KeyUtils.compareKeys(known.key, key)) {
                session.setAttribute(OWNER, known.owner.isEmpty() ? login : known.owner);
                return true;
            }
        }
        return false;
    }

    /** Forgets a key that was offered before a password was given. */
    static void byPassword(ServerSession session) {
        session.removeAttribute(OWNER);
    }

    /** Who has logged in. */
    static String user(Session session) {
        String owner = session.getAttribute(OWNER);
        return owner == null ? session.getUsername() : owner;
    }
}
