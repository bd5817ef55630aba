package dev.fenliu.dns;

/** What an upstream sent is no DNS message, or not an answer to what was asked. Stack-less: the network causes it. */
final class MalformedMessage extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedMessage(String why) {
        super(why, null, false, false);
    }
}
