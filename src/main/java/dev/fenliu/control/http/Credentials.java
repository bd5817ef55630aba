package dev.fenliu.control.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What clients can show: the tokens of the config, and what is made while the program runs and is forgotten with it.
 * Thread-safe.
 */
public final class Credentials {
    /** A ticket opens one WebSocket, since pages can give that no header. */
    public static final Duration TICKET = Duration.ofSeconds(30);

    /** A code is what a page exchanges for a session. */
    public static final Duration CODE = Duration.ofMinutes(2);

    public static final Duration SESSION = Duration.ofHours(12);

    private static final int MOST_TICKETS = 1000;
    private static final int MOST_CODES = 20;
    private static final int MOST_SESSIONS = 200;

    /** A token, and what it is good for. */
    public record Granted(Token token, Scope scope) {}

    private final List<Granted> fixed;
    private final Cache<String, Scope> sessions;
    private final Cache<String, Scope> tickets;
    private final Cache<String, Scope> codes;

    /**
     * With nothing made yet.
     *
     * @param fixed those that do not end
     * @param nanos a clock that never goes back
     */
    public Credentials(List<Granted> fixed, LongSupplier nanos) {
        this.fixed = List.copyOf(fixed);
        this.sessions = cache(SESSION, MOST_SESSIONS, nanos);
        this.tickets = cache(TICKET, MOST_TICKETS, nanos);
        this.codes = cache(CODE, MOST_CODES, nanos);
    }

    private static Cache<String, Scope> cache(Duration time, int most, LongSupplier nanos) {
        return Caffeine.newBuilder()
                .maximumSize(most)
                .expireAfterWrite(time)
                .ticker(nanos::getAsLong)
                .executor(Runnable::run)
                .build();
    }

    /** What a token that is shown is good for; empty if it is none. */
    Optional<Scope> scope(String shown) {
        for (Granted one : fixed) {
            if (one.token().is(shown)) {
                return Optional.of(one.scope());
            }
        }
        return Optional.ofNullable(sessions.getIfPresent(Token.digest(shown)));
    }

    private static String make(Cache<String, Scope> cache, Scope scope) {
        String secret = Token.random().value();
        cache.put(Token.digest(secret), scope); // what is looked up tells nothing of what it is made of
        return secret;
    }

    /** Makes a ticket, see {@link #TICKET}. */
    public String ticket(Scope scope) {
        return make(tickets, scope);
    }

    /** Takes a ticket: once. */
    Optional<Scope> redeem(String ticket) {
        return Optional.ofNullable(tickets.asMap().remove(Token.digest(ticket)));
    }

    /** Makes a code, see {@link #CODE}. */
    public String code(Scope scope) {
        return make(codes, scope);
    }

    /** A session, for a code: once. */
    public record Session(String token, Scope scope) {}

    /** Takes a code: once. Empty if it is none, or has been used. */
    public Optional<Session> login(String code) {
        return Optional.ofNullable(codes.asMap().remove(Token.digest(code)))
                .map(scope -> new Session(make(sessions, scope), scope));
    }
}
