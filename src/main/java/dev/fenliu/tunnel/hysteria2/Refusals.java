package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What servers say in words about an origin that they do not reach. Pure. */
final class Refusals {
    /** In the messages of servers, ours and others; the first that occurs counts. */
    private static final Map<String, Failure.Kind> WORDS = new LinkedHashMap<>();

    static {
        WORDS.put("refused", Failure.Kind.REFUSED);
        WORDS.put("timeout", Failure.Kind.TIMEOUT);
        WORDS.put("timed out", Failure.Kind.TIMEOUT);
        WORDS.put("no such host", Failure.Kind.UNRESOLVED);
        WORDS.put("network is unreachable", Failure.Kind.NETWORK_UNREACHABLE);
        WORDS.put("not allowed", Failure.Kind.FORBIDDEN);
    }

    private Refusals() {}

    /** Reads a server's message. */
    static Failure failure(Destination destination, String message) {
        String words = message.toLowerCase(Locale.ROOT);
        Failure.Kind kind = WORDS.entrySet().stream()
                .filter(known -> words.contains(known.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(Failure.Kind.HOST_UNREACHABLE);
        return new Failure(kind, destination + ": the server says: " + message.replaceAll("\\p{Cntrl}", " "))
                .by(Ender.UPSTREAM);
    }

    /** The message of our server; no more than a client can use. */
    static String words(Failure failure) {
        return switch (failure.kind()) {
            case REFUSED -> "connection refused";
            case TIMEOUT, RESOLVER_TIMEOUT -> "connection timed out";
            case UNRESOLVED, RESOLVER_FAILED -> "no such host";
            case NETWORK_UNREACHABLE -> "network is unreachable";
            case BLOCKED, FORBIDDEN, LOOP -> "destination not allowed";
            default -> "no route to host";
        };
    }
}
