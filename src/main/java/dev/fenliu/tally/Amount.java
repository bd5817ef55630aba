package dev.fenliu.tally;

/**
 * Traffic.
 *
 * @param up bytes from clients
 * @param down bytes to clients
 * @param flows those that have ended
 */
public record Amount(long up, long down, long flows) {
    /** Nothing. */
    public static final Amount NONE = new Amount(0, 0, 0);

    /** Both together. */
    public Amount plus(Amount more) {
        return new Amount(up + more.up, down + more.down, flows + more.flows);
    }

    /** Both ways together. */
    public long bytes() {
        return up + down;
    }
}
