package dev.fenliu.tunnel.https2;

import dev.fenliu.config.Secret;
import dev.fenliu.inbound.FlowHandler;
import dev.fenliu.inbound.InboundPackets;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.PacketFlow;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A name that only the users know. Browsers send a password when they are asked for one, and strangers must never be: so
 * whoever asks for this name is asked (407), and nobody else. Comparisons take the same time whatever is wrong. Immutable.
 */
final class ChallengeHost {
    /** Of letters and digits taken by chance: more than can ever be tried. */
    private static final int MIN_LENGTH = 16;

    private static final int MIN_DIFFERENT = 8;

    private final byte @Nullable [] expected;

    /** @param name one that {@link #check} has found nothing wrong with; without it nobody is ever asked */
    ChallengeHost(Optional<Secret> name) {
        this.expected = name.map(secret -> digest(Host.parse(secret.value()))).orElse(null);
    }

    /**
     * Checks that nobody guesses the name.
     *
     * @throws IllegalArgumentException if somebody may, or if it is no name; the message does not hold it
     */
    static void check(Secret name) {
        Host host;
        try {
            host = Host.parse(name.value());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("is no host name", e);
        }
        String label = host instanceof Host.Name ? host.toString().replaceFirst("\\..*", "") : "";
        long letters = label.chars().filter(c -> c >= 'a' && c <= 'z').count();
        long digits = label.chars().filter(c -> c >= '0' && c <= '9').count();
        boolean mixed = letters >= 3 && digits >= 3 && label.chars().distinct().count() >= MIN_DIFFERENT;
        if (letters + digits < MIN_LENGTH || !mixed) {
            throw new IllegalArgumentException("can be guessed (expected: a name that begins with " + MIN_LENGTH
                    + " or more letters and digits by chance, such as `openssl rand -hex 12` prints)");
        }
    }

    /** Whether {@code authority}, a host with or without a port, is this name. */
    boolean asked(CharSequence authority) {
        if (expected == null) {
            return false;
        }
        try {
            return is(Host.parse(authority.toString().replaceFirst(":[0-9]*$", "")));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private boolean is(Host host) {
        return expected != null && MessageDigest.isEqual(expected, digest(host));
    }

    /** A handler that leads nobody to this name, which must not become known to those who are asked for addresses. */
    FlowHandler guard(FlowHandler handler) {
        return expected == null ? handler : new Guard(handler);
    }

    private final class Guard implements FlowHandler {
        private final FlowHandler handler;

        Guard(FlowHandler handler) {
            this.handler = handler;
        }

        @Override
        public void stream(InboundStream stream) {
            if (is(stream.flow().destination().host())) {
                stream.refuse(new Failure(Failure.Kind.FORBIDDEN, "you are logged in; this name leads nowhere"));
            } else {
                handler.stream(stream);
            }
        }

        @Override
        public PacketFlow packets(InboundPackets packets) {
            PacketFlow flow = handler.packets(packets);
            return new PacketFlow() {
                @Override
                public void receive(Destination to, ByteBuf payload) {
                    if (to.host() instanceof Host.Name && is(to.host())) {
                        payload.release();
                    } else {
                        flow.receive(to, payload);
                    }
                }

                @Override
                public void close() {
                    flow.close();
                }
            };
        }

        @Override
        public long nextId() {
            return handler.nextId();
        }

        @Override
        public String autoConfig(Destination proxy, boolean direct) {
            return handler.autoConfig(proxy, direct);
        }
    }

    private static byte[] digest(Host host) {
        try {
            byte[] text = host.toString().getBytes(StandardCharsets.UTF_8);
            return MessageDigest.getInstance("SHA-256").digest(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
