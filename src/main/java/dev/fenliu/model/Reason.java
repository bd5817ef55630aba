package dev.fenliu.model;

import java.util.Locale;

/**
 * Why something does not work.
 *
 * @param code of a small closed set, for those who say it in another language: a {@link Failure.Kind} in small letters
 *     with hyphens, or a word of whoever makes it
 * @param text in words, with details and remedy; never holds a secret
 */
public record Reason(String code, String text) {
    /** Why a flow or request could not be served. */
    public static Reason of(Failure failure) {
        return new Reason(failure.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'), failure.text());
    }

    /** Somebody answers, but not what is wanted. */
    public static Reason badAnswer(String text) {
        return new Reason("bad-answer", text);
    }

    @Override
    public String toString() {
        return text;
    }
}
