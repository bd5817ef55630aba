package dev.fenliu.outbound;

import dev.fenliu.config.InputFile;
import dev.fenliu.config.Key;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.model.Host;
import dev.fenliu.net.ClientTls;
import dev.fenliu.net.TlsOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys of every outbound that speaks TLS to its server. */
public final class TlsKeys {
    /** TLS has one byte for its length. */
    private static final Type<String> PROTOCOL = Type.text("the name of a protocol", "[!-~]{1,255}");

    private static final Key<String> SNI = Key.optional(
            "sni",
            Type.scalar("a host name", text -> Host.parse(text).toString()),
            "The server name to ask for and to verify; the host of `server` if absent.");
    private static final Key<List<String>> ALPN =
            Key.optional("alpn", Type.listOf(PROTOCOL), "Protocols to offer, in order of preference.");
    private static final Key<Path> CA =
            Key.optional("ca", Type.PATH, "PEM file of the authorities to trust instead of the system's.");
    private static final Key<String> PIN =
            Key.optional("pin", Type.SHA256, "Base64 SHA-256 of the server's public key; no other key is accepted.");
    private static final Key<Path> CERTIFICATE =
            Key.optional("client-certificate", Type.PATH, "PEM certificate chain to show to the server.");
    private static final Key<Path> KEY =
            Key.optional("client-key", Type.PATH, "PEM PKCS #8 private key of `client-certificate`.");

    /**
     * Whether the server's certificate goes unverified. Not for the configuration, whose way is {@code pin} or {@code ca}:
     * only for nodes of a subscription that the user has confirmed one by one.
     */
    public static final Key<Boolean> INSECURE =
            Key.withDefault("insecure", Type.BOOLEAN, false, "Whether any certificate will do.");

    /** For the table of a type that speaks TLS. */
    public static final List<Key<?>> ALL = List.of(SNI, ALPN, CA, PIN, CERTIFICATE, KEY);

    private TlsKeys() {}

    /** Reads the keys; problems are reported to the section. */
    public static TlsOptions parse(Section section, List<String> defaultAlpn) {
        for (Key<Path> file : List.of(CA, CERTIFICATE, KEY)) {
            Path path = section.get(file);
            String why = path == null ? null : unreadable(path);
            if (why != null) {
                section.problems().error(section.at(file), "\"" + file.name() + "\": cannot read " + path, why);
            }
        }
        if (section.has(CERTIFICATE) != section.has(KEY)) {
            Key<Path> there = section.has(CERTIFICATE) ? CERTIFICATE : KEY;
            section.problems().error(section.at(there), "\"client-certificate\" and \"client-key\" come together");
        }
        List<String> alpn = section.get(ALPN);
        TlsOptions options = new TlsOptions(
                Optional.ofNullable(section.get(SNI)),
                alpn == null ? defaultAlpn : alpn,
                Optional.ofNullable(section.get(CA)),
                Optional.ofNullable(section.get(PIN)),
                Optional.ofNullable(section.get(CERTIFICATE)),
                Optional.ofNullable(section.get(KEY)),
                section.value(INSECURE));
        checkFiles(section, options);
        return options;
    }

    /** Why a file cannot be read, or null. */
    private static @Nullable String unreadable(Path file) {
        try {
            InputFile.check(file, InputFile.SMALL);
            return Files.isReadable(file) ? null : "permission denied";
        } catch (IOException e) {
            return Type.reason(e);
        }
    }

    /** Whether the files hold what they should; asked for each apart, to tell which one does not. */
    private static void checkFiles(Section section, TlsOptions options) {
        if (!section.clean()) {
            return;
        }
        TlsOptions plain = TlsOptions.DEFAULT;
        if (options.authorities().isPresent()) {
            TlsOptions trust = new TlsOptions(
                    plain.serverName(),
                    List.of(),
                    options.authorities(),
                    plain.pin(),
                    plain.certificate(),
                    plain.key());
            check(section, CA, trust);
        }
        if (options.certificate().isPresent()) {
            TlsOptions client = new TlsOptions(
                    plain.serverName(),
                    List.of(),
                    plain.authorities(),
                    plain.pin(),
                    options.certificate(),
                    options.key());
            check(section, CERTIFICATE, client);
        }
    }

    private static void check(Section section, Key<Path> key, TlsOptions options) {
        try {
            new ClientTls(options);
        } catch (IOException e) {
            section.problems().error(section.at(key), "\"" + key.name() + "\": " + e.getMessage());
        }
    }
}
