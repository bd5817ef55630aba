package dev.fenliu.route;

/** The outcome of matching: a decision, or what must be found out to go on. */
public sealed interface Verdict permits Decision, Verdict.Needs {
    /** Find {@code what} out, then ask again from {@code rule}. */
    record Needs(What what, int rule) implements Verdict {}

    /** What a rule may need. */
    enum What {
        /** The addresses of the destination's name. */
        ADDRESSES,
        /** The program that opened the flow. */
        PROCESS,
        /** The machine that the flow comes from. */
        DEVICE
    }
}
