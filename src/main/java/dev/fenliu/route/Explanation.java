package dev.fenliu.route;

import java.util.Optional;

/**
 * Why a flow goes where it goes.
 *
 * @param entry the list's entry that made the rule match, if the rule asks a list whose text can be read again; says
 *     so, without a line, if that text has no such entry
 */
public record Explanation(Verdict verdict, Optional<ListEntry> entry) {}
