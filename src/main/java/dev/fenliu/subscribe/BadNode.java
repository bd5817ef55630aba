package dev.fenliu.subscribe;

/**
 * What is in a subscription and cannot be used.
 *
 * @param line of the (decoded) text, from 1
 * @param name empty if it has none that could be read
 * @param reason in words, without secrets
 */
public record BadNode(int line, String name, String reason) {}
