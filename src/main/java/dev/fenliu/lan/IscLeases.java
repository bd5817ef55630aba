package dev.fenliu.lan;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Mac;
import java.net.InetAddress;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The lease file of the ISC server, as dhcpd.leases(5) has it: a log of {@code lease ADDRESS { … }}, in which the last
 * entry of an address holds.
 */
final class IscLeases {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu/MM/dd HH:mm:ss");

    private final String text;
    private int at;

    private IscLeases(String text) {
        this.text = text;
    }

    static Collection<Lease> parse(String text) {
        return new IscLeases(text).leases();
    }

    private Collection<Lease> leases() {
        Map<InetAddress, Lease> leases = new LinkedHashMap<>();
        for (String token = next(); token != null; token = next()) {
            if (token.equals("lease")) {
                String literal = next();
                InetAddress address = literal == null ? null : Addresses.parse(literal);
                String brace = next();
                Lease lease = address != null && "{".equals(brace) ? lease(address) : null;
                if (lease != null && (leases.size() < LeaseText.MAX_LEASES || leases.containsKey(address))) {
                    leases.remove(address);
                    leases.put(address, lease);
                }
            }
        }
        return leases.values();
    }

    /** What follows the brace of a lease; null when its end is not there yet. */
    private @Nullable Lease lease(InetAddress address) {
        Optional<Mac> mac = Optional.empty();
        Optional<String> name = Optional.empty();
        Instant ends = Instant.MAX;
        boolean active = true;
        List<String> words = new ArrayList<>();
        int depth = 1;
        for (String token = next(); token != null; token = next()) {
            if (token.equals("{") || token.equals("}")) {
                depth += token.equals("{") ? 1 : -1;
                words.clear();
            } else if (!token.equals(";")) {
                if (words.size() < 8) {
                    words.add(token);
                }
            } else if (depth == 1) {
                String statement = String.join(" ", words);
                if (statement.startsWith("hardware ethernet ")) {
                    mac = mac(words.get(2));
                } else if (statement.startsWith("client-hostname \"")) {
                    name = Lease.name(words.get(1).substring(1));
                } else if (statement.startsWith("binding state ")) {
                    active = words.get(2).equals("active");
                } else if (statement.startsWith("ends ")) {
                    ends = date(words);
                }
                words.clear();
            }
            if (depth == 0) {
                return new Lease(address, mac, name, active ? ends : Instant.MIN);
            }
        }
        return null;
    }

    private static Optional<Mac> mac(String text) {
        try {
            return Optional.of(Mac.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** {@code ends never}, {@code ends epoch SECONDS} or {@code ends WEEKDAY DATE TIME}, in UTC. */
    private static Instant date(List<String> words) {
        try {
            if (words.get(1).equals("never")) {
                return Instant.MAX;
            }
            if (words.size() > 2 && words.get(1).equals("epoch")) {
                return Instant.ofEpochSecond(Long.parseLong(words.get(2)));
            }
            if (words.size() > 3) {
                return LocalDateTime.parse(words.get(2) + " " + words.get(3), DATE)
                        .toInstant(ZoneOffset.UTC);
            }
        } catch (DateTimeException | NumberFormatException e) {
            // as if it had ended
        }
        return Instant.MIN;
    }

    /** A brace, a semicolon, a text that begins with its quote, or a word; null at the end. */
    private @Nullable String next() {
        while (at < text.length() && (text.charAt(at) <= ' ' || text.charAt(at) == '#')) {
            if (text.charAt(at) == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else {
                at++;
            }
        }
        if (at == text.length()) {
            return null;
        }
        char first = text.charAt(at);
        if ("{};".indexOf(first) >= 0) {
            at++;
            return String.valueOf(first);
        }
        return first == '"' ? quoted() : word();
    }

    private String word() {
        int start = at;
        while (at < text.length() && text.charAt(at) > ' ' && "{};\"#".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at);
    }

    /** With a backslash before quotes, backslashes and the three octal digits of other bytes. */
    private String quoted() {
        StringBuilder out = new StringBuilder("\"");
        at++;
        while (at < text.length() && text.charAt(at) != '"') {
            char c = text.charAt(at++);
            if (c == '\\' && at < text.length()) {
                boolean octal =
                        at + 3 <= text.length() && text.substring(at, at + 3).matches("[0-3][0-7]{2}");
                out.append(octal ? (char) Integer.parseInt(text.substring(at, at + 3), 8) : text.charAt(at));
                at += octal ? 3 : 1;
            } else {
                out.append(c);
            }
        }
        at = Math.min(at + 1, text.length());
        return out.toString();
    }
}
