package dev.fenliu.dns;

import dev.fenliu.config.Nearest;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.net.TlsOptions;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An upstream resolver as the config names it. Written {@code system}, {@code udp://ADDRESS}, {@code tcp://ADDRESS},
 * {@code tls://HOST} or {@code https://HOST/PATH}, each with an optional port. {@code #NAME} after a TLS upstream is
 * the name that its certificate must show and that SNI says, as unbound and systemd-resolved write it:
 * {@code tls://192.0.2.1#dns.example}.
 *
 * @param text as the user wrote it; how messages call it
 * @param host where it is; empty for {@code system}
 * @param path of an https upstream, otherwise empty
 * @param tls of a tls or https upstream
 * @param subnet what it is told of the client
 */
public record Upstream(
        Scheme scheme,
        String text,
        Optional<Destination> host,
        String path,
        TlsOptions tls,
        Optional<Edns.Subnet> subnet) {
    /** How an upstream is spoken to. */
    public enum Scheme {
        /** The resolvers of the operating system, over UDP. */
        SYSTEM(53),
        UDP(53),
        TCP(53),
        TLS(853),
        HTTPS(443);

        private final int port;

        Scheme(int port) {
            this.port = port;
        }

        /** Whether it speaks TLS. */
        public boolean encrypted() {
            return this == TLS || this == HTTPS;
        }
    }

    private static final List<String> WORDS = List.of("system", "udp", "tcp", "tls", "https");

    /** The resolvers of the operating system. */
    public static final Upstream SYSTEM =
            new Upstream(Scheme.SYSTEM, "system", Optional.empty(), "", TlsOptions.DEFAULT, Optional.empty());

    /**
     * Reads an upstream; a bare address means {@code udp://}.
     *
     * @throws IllegalArgumentException if it is none; the message says why
     */
    public static Upstream parse(String text) {
        if (text.equals("system")) {
            return SYSTEM;
        }
        int mark = text.indexOf("://");
        if (mark < 0 && Addresses.parse(text) != null) {
            return parse("udp://" + (text.indexOf(':') >= 0 && !text.startsWith("[") ? "[" + text + "]" : text));
        }
        String word = mark < 0 ? text : text.substring(0, mark);
        Scheme scheme = scheme(word, mark < 0 ? word : text);
        String rest = text.substring(mark < 0 ? text.length() : mark + 3);
        int hash = rest.indexOf('#');
        String name = hash < 0 ? "" : rest.substring(hash + 1);
        String where = hash < 0 ? rest : rest.substring(0, hash);
        int slash = where.indexOf('/');
        String path = slash < 0 ? "" : where.substring(slash);
        Destination host = destination(slash < 0 ? where : where.substring(0, slash), scheme.port);
        check(scheme, text, host, path, hash >= 0);
        return new Upstream(
                scheme, text, Optional.of(host), path(scheme, path), tls(scheme, name, hash >= 0), Optional.empty());
    }

    private static Scheme scheme(String word, String text) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "udp" -> Scheme.UDP;
            case "tcp" -> Scheme.TCP;
            case "tls" -> Scheme.TLS;
            case "https" -> Scheme.HTTPS;
            default -> {
                String match = Nearest.match(word, WORDS);
                throw new IllegalArgumentException("\"" + text + "\" is no upstream (expected: system, udp://ADDRESS,"
                        + " tcp://ADDRESS, tls://HOST or https://HOST/dns-query)"
                        + (match == null ? "" : "; did you mean \"" + match + "\"?"));
            }
        };
    }

    private static Destination destination(String where, int defaultPort) {
        boolean bare = where.startsWith("[") ? where.endsWith("]") : where.indexOf(':') < 0;
        if (where.indexOf('@') >= 0) {
            throw new IllegalArgumentException("\"" + where + "\" (user names are not taken)");
        }
        return bare ? new Destination(Host.parse(where), defaultPort) : Destination.parse(where);
    }

    private static void check(Scheme scheme, String text, Destination host, String path, boolean named) {
        if (!scheme.encrypted() && host.host() instanceof Host.Name) {
            throw new IllegalArgumentException(
                    "\"" + text + "\": " + scheme.name().toLowerCase(Locale.ROOT) + ":// takes an address, not a name");
        }
        if (!scheme.encrypted() && named) {
            throw new IllegalArgumentException("\"" + text + "\": only tls:// and https:// take a #NAME");
        }
        if (scheme != Scheme.HTTPS && !path.isEmpty() && !path.equals("/")) {
            throw new IllegalArgumentException("\"" + text + "\": only https:// takes a path");
        }
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) <= ' ' || path.charAt(i) >= 0x7f) {
                throw new IllegalArgumentException("\"" + text + "\" has a character that paths cannot have");
            }
        }
    }

    private static String path(Scheme scheme, String path) {
        return scheme != Scheme.HTTPS ? "" : path.isEmpty() || path.equals("/") ? "/dns-query" : path;
    }

    private static TlsOptions tls(Scheme scheme, String name, boolean named) {
        TlsOptions plain = TlsOptions.DEFAULT;
        Optional<String> serverName = named ? Optional.of(Host.parse(name).toString()) : Optional.empty();
        return new TlsOptions(
                serverName,
                scheme == Scheme.HTTPS ? List.of("h2") : List.of(),
                plain.authorities(),
                plain.pin(),
                plain.certificate(),
                plain.key());
    }

    /** The same server asked over TCP if it is asked over UDP. */
    Upstream overStreams() {
        return scheme == Scheme.UDP
                ? new Upstream(Scheme.TCP, text.replaceFirst("^(udp://)?", "tcp://"), host, path, tls, subnet)
                : this;
    }

    /** Whether it can be reached without resolving a name. */
    public boolean hasAddress() {
        return host.isEmpty() || host.get().host() instanceof Host.Address;
    }

    /** The same upstream at an address, its own name still expected on the certificate. */
    Upstream at(InetAddress address) {
        Destination named = host.orElseThrow();
        String name = tls.serverName().orElse(named.host().toString());
        return new Upstream(
                scheme,
                text,
                Optional.of(new Destination(Host.of(address), named.port())),
                path,
                new TlsOptions(
                        Optional.of(name), tls.alpn(), tls.authorities(), tls.pin(), tls.certificate(), tls.key()),
                subnet);
    }

    /** The same upstream with other TLS settings, its name and protocols kept where {@code other} has none. */
    Upstream with(TlsOptions other) {
        TlsOptions merged = new TlsOptions(
                other.serverName().isPresent() ? other.serverName() : tls.serverName(),
                tls.alpn(),
                other.authorities(),
                other.pin(),
                other.certificate(),
                other.key());
        return new Upstream(scheme, text, host, path, merged, subnet);
    }

    /** The same upstream, told of a client in this network. */
    Upstream telling(Edns.Subnet network) {
        return new Upstream(scheme, text, host, path, tls, Optional.of(network));
    }

    /** What the certificate must show: the authority of an https upstream. */
    Destination certified() {
        Destination there = host.orElseThrow();
        return tls.serverName()
                .map(name -> new Destination(Host.parse(name), there.port()))
                .orElse(there);
    }
}
