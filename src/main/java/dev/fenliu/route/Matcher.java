package dev.fenliu.route;

/** A compiled condition. Pure and safe for concurrent use. */
@FunctionalInterface
interface Matcher {
    /** A {@link Truth}. */
    int test(Facts facts);
}
