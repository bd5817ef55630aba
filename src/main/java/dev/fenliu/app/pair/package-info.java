/**
 * Both ends of one's own tunnel find each other by a string that is copied once from the server's terminal to home.
 *
 * <p>What it defends against. Whoever is between the two ends sees TLS and can neither read nor pose as the server: the
 * string holds the hash of the server's public key, or the name that an authority vouches for, and nothing is sent before
 * that is checked. Whoever is not a user gets what any stranger gets: the code and the key are 128 and 256 random bits,
 * compared by hash. Whoever saw the string after it was used has nothing: its code opens the reception of the server alone,
 * the first use binds a key that home has made to it, and a second one with another key is refused and told to both
 * ends. Whoever saw it before and is faster does get in; then the owner's own use is refused, the server's log says from
 * where the first came, and {@code fenliu pair rotate} throws the thief out. An unused code lapses after a day.
 *
 * <p>A crash between the two: home keeps its key in a file before it sends it, and the server keeps it before it
 * answers, so the same string with the same key succeeds again, and only with the same.
 *
 * <p>What it does not defend against: whoever reads the files of either end, or its memory; and whoever sees traffic and
 * guesses from its shape that it is a tunnel.
 */
@NullMarked
package dev.fenliu.app.pair;

import org.jspecify.annotations.NullMarked;
