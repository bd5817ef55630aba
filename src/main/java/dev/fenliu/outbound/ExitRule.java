package dev.fenliu.outbound;

import java.util.Optional;
import java.util.Set;

/**
 * Which exits a group wants.
 *
 * @param check whose page tells the exit
 * @param countries the only good ones; empty for any
 * @param others countries that are not good
 * @param lock what it keeps to, if to anything
 * @param at where the config says which countries are good
 */
public record ExitRule(Check check, Set<String> countries, Set<String> others, Optional<Lock> lock, String at) {
    public ExitRule {
        countries = Set.copyOf(countries);
        others = Set.copyOf(others);
    }

    /**
     * What a group keeps to.
     *
     * @param country whether to a country, and not to an address
     * @param value that one; empty for the first that is seen
     * @param at where the config says so
     */
    public record Lock(boolean country, Optional<String> value, String at) {
        /** Reads {@code country}, {@code address}, a country's two letters, or an address. */
        public static Lock parse(String text, String at) {
            return switch (text) {
                case "country", "address" -> new Lock(text.equals("country"), Optional.empty(), at);
                default -> new Lock(text.matches("[A-Z]{2}"), Optional.of(text), at);
            };
        }

        /** What it keeps to of an exit. */
        public String of(Exit exit) {
            return country ? exit.country() : exit.address();
        }
    }

    /**
     * Judges an exit.
     *
     * @param pinned what the lock keeps to; empty while it keeps to nothing
     * @return what is wrong with it, in words
     */
    public Optional<String> fault(Exit exit, Optional<String> pinned) {
        if (!countries.isEmpty() && !countries.contains(exit.country())) {
            return Optional.of("its exit is " + exit + ", and only "
                    + String.join(", ", countries.stream().sorted().toList()) + " will do (" + at + ")");
        }
        if (others.contains(exit.country())) {
            return Optional.of("its exit is " + exit + ", where the group must not leave from (" + at + ")");
        }
        if (lock.isPresent() && pinned.isPresent() && !lock.get().of(exit).equals(pinned.get())) {
            return Optional.of("its exit is now " + exit + ", and exit-lock keeps to " + pinned.get() + " ("
                    + lock.get().at() + "); to accept the new one, write `exit-lock: \""
                    + lock.get().of(exit) + "\"`");
        }
        return Optional.empty();
    }
}
