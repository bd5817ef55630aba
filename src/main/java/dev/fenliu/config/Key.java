package dev.fenliu.config;

import org.jspecify.annotations.Nullable;

/**
 * A key of a mapping: what the parser reads, and what the schema and the reference print.
 *
 * @param name kebab-case
 * @param help one sentence for the reference
 * @param fallback the value when the key is absent; null when there is none
 * @param required whether its absence is an error
 */
public record Key<T>(
        String name, Type<T> type, String help, @Nullable T fallback, boolean required) {
    /** A key that may be absent. */
    public static <T> Key<T> optional(String name, Type<T> type, String help) {
        return new Key<>(name, type, help, null, false);
    }

    /** A key whose absence is an error. */
    public static <T> Key<T> required(String name, Type<T> type, String help) {
        return new Key<>(name, type, help, null, true);
    }

    /** A key with a default. */
    public static <T> Key<T> withDefault(String name, Type<T> type, T fallback, String help) {
        return new Key<>(name, type, help, fallback, false);
    }
}
