package dev.fenliu.route.list;

import java.util.List;

/** Rules of sing-box joined by and or or. */
record SingBoxLogical(boolean and, List<SingBoxRule> rules, boolean invert, int line) implements SingBoxRule {
    private static final int MAX_RULES = 10_000;

    /** To be called before each rule that is added to one. */
    static void requireRoom(List<SingBoxRule> rules) throws ListFormatException {
        if (rules.size() == MAX_RULES) {
            throw new ListFormatException("more than " + MAX_RULES + " rules joined in one");
        }
    }

    @Override
    public void emit(Entries out) {
        if (!invert && (!and || rules.size() == 1)) {
            rules.forEach(rule -> rule.emit(out));
            return;
        }
        SingBoxRule.emitLine(this, out);
    }

    @Override
    public String clash() {
        if (rules.isEmpty()) {
            throw new IllegalArgumentException("a logical rule without rules");
        }
        String joined = SingBoxRule.combine(
                and ? "AND" : "OR", rules.stream().map(SingBoxRule::clash).toList());
        return invert ? SingBoxRule.negate(joined) : joined;
    }
}
