package dev.fenliu.route;

import java.util.Optional;

/**
 * Why a flow goes where it goes.
 *
 * @param entry the list's entry that made the rule match, if the rule asks a list and the entry could be found again
 */
public record Explanation(Verdict verdict, Optional<ListEntry> entry) {}
