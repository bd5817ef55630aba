package dev.fenliu.outbound;

import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.net.TlsOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** The keys of every outbound that speaks TLS to its server. */
public final class TlsKeys {
    private static final Key<String> SNI =
            Key.optional("sni", Type.TEXT, "The server name to ask for and to verify; the host of `server` if absent.");
    private static final Key<List<String>> ALPN =
            Key.optional("alpn", Type.listOf(Type.TEXT), "Protocols to offer, in order of preference.");
    private static final Key<Path> CA =
            Key.optional("ca", Type.PATH, "PEM file of the authorities to trust instead of the system's.");
    private static final Key<String> PIN = Key.optional(
            "pin",
            Type.scalar("a base64 SHA-256", text -> {
                if (Base64.getDecoder().decode(text).length != 32) {
                    throw new IllegalArgumentException("\"" + text + "\" is not the base64 of 32 bytes");
                }
                return text;
            }),
            "Base64 SHA-256 of the server's public key; no other key is accepted.");
    private static final Key<Path> CERTIFICATE =
            Key.optional("client-certificate", Type.PATH, "PEM certificate chain to show to the server.");
    private static final Key<Path> KEY =
            Key.optional("client-key", Type.PATH, "PEM PKCS #8 private key of `client-certificate`.");

    /** For the table of a type that speaks TLS. */
    public static final List<Key<?>> ALL = List.of(SNI, ALPN, CA, PIN, CERTIFICATE, KEY);

    private TlsKeys() {}

    /** Reads the keys; problems are reported to the section. */
    public static TlsOptions parse(Section section, List<String> defaultAlpn) {
        for (Key<Path> file : List.of(CA, CERTIFICATE, KEY)) {
            Path path = section.get(file);
            if (path != null && !Files.isReadable(path)) {
                section.problems().error(section.at(file), "\"" + file.name() + "\": cannot read " + path);
            }
        }
        if (section.has(CERTIFICATE) != section.has(KEY)) {
            Key<Path> there = section.has(CERTIFICATE) ? CERTIFICATE : KEY;
            section.problems().error(section.at(there), "\"client-certificate\" and \"client-key\" come together");
        }
        List<String> alpn = section.get(ALPN);
        return new TlsOptions(
                Optional.ofNullable(section.get(SNI)),
                alpn == null ? defaultAlpn : alpn,
                Optional.ofNullable(section.get(CA)),
                Optional.ofNullable(section.get(PIN)),
                Optional.ofNullable(section.get(CERTIFICATE)),
                Optional.ofNullable(section.get(KEY)));
    }
}
