package dev.fenliu.route;

/** What to do with a flow, and which rule said so. */
public sealed interface Decision extends Verdict {
    RuleRef rule();

    /**
     * Send it through the outbound or group of this name, or refuse it.
     *
     * @param namesHost whether the rule's own conditions looked at the destination's host, so that the user meant it
     */
    record Via(String outbound, RuleRef rule, boolean namesHost) implements Decision {}

    /** Refuse it. */
    record Block(RuleRef rule) implements Decision {}
}
