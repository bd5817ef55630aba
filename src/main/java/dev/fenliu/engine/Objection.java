package dev.fenliu.engine;

/**
 * That a group would not use a member, by what is known of its far end.
 *
 * @param why in words, with the place in the config
 */
public record Objection(String group, String outbound, String why) {}
