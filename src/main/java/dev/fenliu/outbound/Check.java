package dev.fenliu.outbound;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How members of a group are tried out while no flow tells how they do. Two that are equal share what they have found.
 *
 * @param url what is asked for through the member
 * @param every how long a member is left alone at least
 * @param timeout until the answer
 * @param expect the statuses of a good answer
 * @param doctor whether the doctor examines ChatGPT through the member, which begins at the page; its verdict, unlike that
 *     on a page, decides whether the member is used at all
 */
public record Check(URI url, Duration every, Duration timeout, List<Statuses> expect, boolean doctor) {
    public static final Duration EVERY = Duration.ofMinutes(5);
    public static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** Asks for nothing, answers nothing: large sites run such pages for this purpose. */
    public static final Check DEFAULT = new Check(
            URI.create("https://www.gstatic.com/generate_204"), EVERY, TIMEOUT, List.of(new Statuses(200, 204)));

    /** Where the edge of ChatGPT tells where it sees its visitors. */
    public static final URI TRACE = URI.create("https://chatgpt.com/cdn-cgi/trace");

    /** How often the doctor comes: what it asks for is more than a page, and what it finds changes rarely. */
    public static final Duration DOCTOR_EVERY = Duration.ofMinutes(30);

    /** Of a page. */
    public Check(URI url, Duration every, Duration timeout, List<Statuses> expect) {
        this(url, every, timeout, expect, false);
    }

    /** By the doctor, who has a time of his own for each question. */
    public static Check doctor(Duration every) {
        return new Check(TRACE, every, TIMEOUT, DEFAULT.expect(), true);
    }

    public Check {
        expect = List.copyOf(expect);
    }

    /**
     * Judges an answer.
     *
     * @param body at most 64 KiB of it
     * @return what is wrong with it, in words; empty when the member does its job
     */
    public Optional<String> fault(int status, String body) {
        return expect.stream().anyMatch(range -> range.contains(status))
                ? Optional.empty()
                : Optional.of(url.getHost() + " answers " + status + " (expected: " + words() + ")");
    }

    private String words() {
        return String.join(", ", expect.stream().map(Statuses::toString).toList());
    }

    /** HTTP statuses from one to another, both included. */
    public record Statuses(int from, int to) {
        /**
         * Reads {@code 204} or {@code 200-204}.
         *
         * @throws IllegalArgumentException for anything else; the message holds the text
         */
        public static Statuses parse(String text) {
            if (text.matches("[1-5][0-9]{2}(-[1-5][0-9]{2})?")) {
                int from = Integer.parseInt(text.substring(0, 3));
                int to = Integer.parseInt(text.substring(text.length() - 3));
                if (from <= to) {
                    return new Statuses(from, to);
                }
            }
            throw new IllegalArgumentException(
                    "\"" + text + "\" (expected: a status such as 204, or a range: 200-204)");
        }

        boolean contains(int status) {
            return from <= status && status <= to;
        }

        @Override
        public String toString() {
            return from == to ? Integer.toString(from) : from + "-" + to;
        }
    }
}
