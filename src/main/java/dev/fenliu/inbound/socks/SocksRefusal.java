package dev.fenliu.inbound.socks;

/** A request that cannot be served as it stands. Stack-less. */
final class SocksRefusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final int reply;

    /** @param reply what SOCKS 5 calls it (RFC 1928 section 6) */
    SocksRefusal(int reply, String message) {
        super(message, null, false, false);
        this.reply = reply;
    }

    int reply() {
        return reply;
    }
}
