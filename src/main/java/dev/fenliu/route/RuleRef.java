package dev.fenliu.route;

import dev.fenliu.config.Position;

/**
 * The address of a rule.
 *
 * @param index counts the rules of the config from 0
 * @param text the rule in one line, as a reader would write it
 */
public record RuleRef(int index, Position position, String text) {
    /** {@code file:line}, as logs and messages name the rule. */
    public String place() {
        return position.line() == 0 ? position.file() : position.file() + ":" + position.line();
    }
}
