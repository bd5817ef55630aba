package dev.fenliu.route;

/**
 * The entry of a list that decided.
 *
 * @param line counts from 1; 0 in formats without lines, and when the text has no such entry
 * @param text the line, the entry itself in formats without lines, or why there is none
 */
public record ListEntry(String file, int line, String text) {}
