package dev.fenliu.net;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a client speaks TLS to its server. The certificate is verified and the name checked, unless the user has confirmed for
 * this very server that nothing is.
 *
 * @param serverName what SNI says and the certificate must name; the server's own host when absent
 * @param alpn protocols offered, in order of preference
 * @param authorities a PEM file of the certificates that are trusted instead of the system's
 * @param pin base64 SHA-256 of the server's public key (SubjectPublicKeyInfo): no other key is accepted, and without
 *     {@code authorities} this one needs no authority
 * @param certificate PEM chain that the client shows, with {@code key}
 * @param insecure whether any certificate will do
 */
public record TlsOptions(
        Optional<String> serverName,
        List<String> alpn,
        Optional<Path> authorities,
        Optional<String> pin,
        Optional<Path> certificate,
        Optional<Path> key,
        boolean insecure) {
    /** With verification. */
    public TlsOptions(
            Optional<String> serverName,
            List<String> alpn,
            Optional<Path> authorities,
            Optional<String> pin,
            Optional<Path> certificate,
            Optional<Path> key) {
        this(serverName, alpn, authorities, pin, certificate, key, false);
    }

    /** The system's authorities and nothing special. */
    public static final TlsOptions DEFAULT = new TlsOptions(
            Optional.empty(), List.of(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** The same with other protocols offered. */
    public TlsOptions offering(List<String> protocols) {
        return new TlsOptions(serverName, protocols, authorities, pin, certificate, key);
    }
}
