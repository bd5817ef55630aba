package dev.fenliu.engine;

import dev.fenliu.model.Failure;
import dev.fenliu.outbound.Exit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What an {@link Examination} came to.
 *
 * @param exit where the edge sees us, if it says so
 * @param delay until the edge answered
 * @param failure why nothing could be asked, then; the outbound itself is to blame if it is of kind
 *     {@link Failure.Kind#TUNNEL_DOWN}
 */
public record Diagnosis(
        List<Finding> findings, Optional<Exit> exit, Optional<Duration> delay, Optional<Failure> failure) {
    /** How a part of it does. */
    public enum Verdict {
        OK,
        WARN,
        FAIL,
        /** Not tried. */
        SKIP
    }

    /**
     * What was found.
     *
     * @param subject in a word or two
     * @param text in words
     * @param remedy empty where there is nothing to do
     */
    public record Finding(Verdict verdict, String subject, String text, String remedy) {}

    /** Why ChatGPT does not work, in words; empty when it does, however well. */
    public Optional<String> fault() {
        return findings.stream()
                .filter(finding -> finding.verdict() == Verdict.FAIL)
                .findFirst()
                .map(finding -> finding.subject() + ": " + finding.text()
                        + (finding.remedy().isEmpty() ? "" : "; " + finding.remedy()));
    }
}
