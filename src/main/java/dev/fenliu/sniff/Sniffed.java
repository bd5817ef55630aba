package dev.fenliu.sniff;

import dev.fenliu.model.Host;
import java.util.Optional;

/**
 * What the first bytes of a flow tell.
 *
 * @param state whether more bytes could tell more
 * @param name the host that they name, normalised; never an address
 * @param protocol what they are: tls, http, quic, ssh or bittorrent
 */
public record Sniffed(State state, Optional<Host.Name> name, Optional<String> protocol) {
    /** Whether to wait for more bytes. */
    public enum State {
        MORE,
        DONE
    }

    static final Sniffed MORE = new Sniffed(State.MORE, Optional.empty(), Optional.empty());
    static final Sniffed NOTHING = new Sniffed(State.DONE, Optional.empty(), Optional.empty());

    static Sniffed more(String protocol) {
        return new Sniffed(State.MORE, Optional.empty(), Optional.of(protocol));
    }

    static Sniffed done(String protocol) {
        return new Sniffed(State.DONE, Optional.empty(), Optional.of(protocol));
    }

    /** The same as the final answer. */
    Sniffed settled() {
        return new Sniffed(State.DONE, name, protocol);
    }

    /** Takes {@code host} for the name unless it is none: an address, or malformed. */
    static Sniffed done(String protocol, String host) {
        try {
            return Host.parse(host) instanceof Host.Name name
                    ? new Sniffed(State.DONE, Optional.of(name), Optional.of(protocol))
                    : done(protocol);
        } catch (IllegalArgumentException e) {
            return done(protocol);
        }
    }
}
