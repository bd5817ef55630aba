package dev.fenliu.app.pair;

import dev.fenliu.model.Failure;
import java.util.EnumSet;
import java.util.Set;

/** Why pairing failed, in words, and what to do about it. */
public final class Remedy {
    private static final String AGAIN = " The string is still good: run the same again then.";

    private Remedy() {}

    /** For a request that got no answer. */
    public static String of(Failure failure, PairingString string) {
        Set<Failure.Kind> kinds = EnumSet.noneOf(Failure.Kind.class);
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof Failure cause) {
                kinds.add(cause.kind());
            }
        }
        return failure.text() + "\n" + remedy(kinds, failure.text(), string);
    }

    private static String remedy(Set<Failure.Kind> kinds, String text, PairingString string) {
        int port = string.server().port();
        if (kinds.contains(Failure.Kind.TUNNEL_CERTIFICATE)) {
            if (text.contains("expired") || text.contains("not yet") || text.contains("NotBefore")) {
                return "Is the clock of this machine right? It must be within a day." + AGAIN;
            }
            return string.pin().isPresent() && text.contains("pin")
                    ? "Whoever answers there has another key than your server: somebody may be in between, or the server"
                            + " was set up anew. Nothing was told to it. A string of the server as it is now: fenliu pair"
                            + " rotate " + string.user()
                    : "Whoever answers there is not vouched for as your server. Nothing was told to it." + AGAIN;
        }
        if (kinds.contains(Failure.Kind.REFUSED)) {
            return "Nothing listens there: is `fenliu serve` running, and on port " + port + "?" + AGAIN;
        }
        if (kinds.contains(Failure.Kind.UNRESOLVED)
                || kinds.contains(Failure.Kind.RESOLVER_FAILED)
                || kinds.contains(Failure.Kind.RESOLVER_TIMEOUT)) {
            return "The server's name is not found: is its DNS record there?" + AGAIN;
        }
        if (kinds.contains(Failure.Kind.TUNNEL_PROTOCOL)) {
            return "The server does not know this string: it was made anew since, or revoked. On the server: fenliu pair"
                    + " list, fenliu pair rotate " + string.user();
        }
        if (kinds.contains(Failure.Kind.NETWORK_UNREACHABLE)) {
            return "Is this machine online?" + AGAIN;
        }
        return "Most often a firewall: open TCP port " + port + " in that of the server's provider (\"security group\","
                + " \"cloud firewall\"), and on the server itself: ufw allow " + port
                + "/tcp. And is `fenliu serve` running?" + AGAIN;
    }

    /**
     * For a string that the server refused.
     *
     * @param why in the server's words
     */
    public static String refused(String why, PairingString string) {
        return "the server refuses: " + why
                + "\nIf that was not you, somebody else has seen the string: whoever used it"
                + " is thrown out by this, on the server: fenliu pair rotate " + string.user();
    }
}
