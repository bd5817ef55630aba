package dev.fenliu.route.list;

import java.util.List;

/**
 * A rule of sing-box. A rule that only names hosts gives an entry for each; any other becomes one Clash line, whose
 * parts must all hold as those of the rule must.
 */
sealed interface SingBoxRule permits SingBoxConditions, SingBoxLogical {
    /** Hands the rule on; one that asks for what is not known here is bad as a whole, so that it never gets wider. */
    void emit(Entries out);

    /**
     * The rule in Clash's logical syntax.
     *
     * @throws IllegalArgumentException if it cannot be said; the message is for users
     */
    String clash();

    /** Hands the rule on as one line. */
    static void emitLine(SingBoxRule rule, Entries out) {
        String line;
        try {
            line = rule.clash();
        } catch (IllegalArgumentException e) {
            out.bad(rule.line(), "a rule of several conditions", String.valueOf(e.getMessage()));
            return;
        }
        out.add(EntryKind.CLASH_LINE, line, rule.line());
    }

    /** The line where the rule ends, or 0. */
    int line();

    /** {@code OR,((a),(b))}, or the only one. */
    static String combine(String operator, List<String> parts) {
        return parts.size() == 1 ? parts.get(0) : operator + ",((" + String.join("),(", parts) + "))";
    }

    static String negate(String rule) {
        return "NOT,((" + rule + "))";
    }
}
