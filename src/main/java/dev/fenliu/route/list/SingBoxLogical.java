package dev.fenliu.route.list;

import java.util.List;

/** Rules of sing-box joined by and or or. */
record SingBoxLogical(boolean and, List<SingBoxRule> rules, boolean invert, int line) implements SingBoxRule {
    @Override
    public void emit(Entries out) {
        if (!invert && (!and || rules.size() == 1)) {
            rules.forEach(rule -> rule.emit(out));
            return;
        }
        try {
            out.add(EntryKind.CLASH_LINE, clash(), line);
        } catch (IllegalArgumentException e) {
            out.bad(line, "logical rule", String.valueOf(e.getMessage()));
        }
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
