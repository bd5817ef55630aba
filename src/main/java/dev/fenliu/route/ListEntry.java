package dev.fenliu.route;

/**
 * The entry of a list that decided.
 *
 * @param line counts from 1; 0 in formats without lines
 * @param text the line, or the entry itself in formats without lines
 */
public record ListEntry(String file, int line, String text) {}
