package dev.fenliu.route;
/** stand-in. */
public final class RuleSet {
    Matcher matcher() {
        return f -> Truth.NO;
    }
}
