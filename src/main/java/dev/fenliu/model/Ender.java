package dev.fenliu.model;

/** Who made an end of a flow, or saw to it that it did not begin. */
public enum Ender {
    CLIENT,
    /** The origin, a tunnel's server, or what stands between. */
    UPSTREAM,
    /** This program and its machine: a rule, a limit, a wish, silence; no way to send it, or no address to send it to. */
    US
}
