package dev.fenliu.tunnel.ssh;

import dev.fenliu.config.InputFile;
import dev.fenliu.model.Destination;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.sshd.client.config.hosts.KnownHostEntry;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.signature.Signature;
import org.jspecify.annotations.Nullable;

/**
 * What a file of known hosts says of one server (the format is described in sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): its
 * keys, those that were revoked, and the authorities that may vouch for it. Immutable.
 */
final class KnownHosts {
    private record Known(String marker, String type, PublicKey key) {}

    private final Path file;
    private final Destination server;
    private final List<Known> known;

    private KnownHosts(Path file, Destination server, List<Known> known) {
        this.file = file;
        this.server = server;
        this.known = known;
    }

    /**
     * Reads a file, which may be absent: no server is known then.
     *
     * @throws IOException if it cannot be read
     */
    static KnownHosts read(Path file, Destination server) throws IOException {
        List<Known> known = new ArrayList<>();
        String text = Files.exists(file) ? InputFile.text(file) : "";
        for (KnownHostEntry entry : KnownHostEntry.readKnownHostEntries(new BufferedReader(new StringReader(text)))) {
            if (entry.isHostMatch(server.host().toString(), server.port())) {
                PublicKey key = key(entry);
                if (key != null) {
                    String marker = entry.getMarker() == null ? "" : entry.getMarker();
                    known.add(new Known(marker, KeyUtils.getKeyType(key), key));
                }
            }
        }
        return new KnownHosts(file, server, List.copyOf(known));
    }

    private static @Nullable PublicKey key(KnownHostEntry entry) {
        try {
            return entry.getKeyEntry() == null
                    ? null
                    : entry.getKeyEntry().resolvePublicKey(null, PublicKeyEntryResolver.IGNORING);
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            return null; // of a kind that we cannot check, and so will not ask for
        }
    }

    /** Why the key that the server has shown cannot be accepted, and what would help; null when it can be. */
    @Nullable
    String objection(PublicKey shown) {
        PublicKey key = shown instanceof OpenSshCertificate certificate ? certificate.getCaPubKey() : shown;
        String trusted = shown instanceof OpenSshCertificate ? "cert-authority" : "";
        if (holds("revoked", key)
                || shown instanceof OpenSshCertificate certificate && holds("revoked", certificate.getCertPubKey())) {
            return "the key of " + server + " was revoked in " + file;
        }
        if (holds(trusted, key)) {
            return null;
        }
        String print = KeyUtils.getKeyType(key) + " " + KeyUtils.getFingerPrint(key);
        boolean other = known.stream().anyMatch(one -> one.marker.equals(trusted));
        return other
                ? "the key of " + server + " is not the one in " + file + ": it shows " + print
                        + "; somebody may stand in between"
                : "the key of " + server + " is not in " + file + ": it shows " + print
                        + "; compare that with the server's own and add it with `ssh-keyscan -p " + server.port() + " "
                        + server.host() + " >> " + file + "`";
    }

    private boolean holds(String marker, PublicKey key) {
        return known.stream().anyMatch(one -> one.marker.equals(marker) && KeyUtils.compareKeys(one.key, key));
    }

    /** The ways to sign, those first that the server can show a known key by. */
    List<NamedFactory<Signature>> preferred(List<NamedFactory<Signature>> all) {
        List<NamedFactory<Signature>> ordered = new ArrayList<>(all);
        ordered.sort(Comparator.comparing(one -> !mayShow(one.getName())));
        return ordered;
    }

    private boolean mayShow(String algorithm) {
        boolean certificate = algorithm.contains("-cert-");
        String type = KeyUtils.getCanonicalKeyType(algorithm);
        return known.stream()
                .anyMatch(one -> certificate
                        ? one.marker.equals("cert-authority")
                        : one.marker.isEmpty() && one.type.equals(type));
    }
}
