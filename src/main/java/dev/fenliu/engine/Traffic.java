package dev.fenliu.engine;

/**
 * What flows have moved, such as those of a user of a server listener.
 *
 * @param up bytes from clients
 * @param down bytes to clients
 * @param flows those that have ended
 */
public record Traffic(long up, long down, long flows) {
    /** Nothing. */
    public static final Traffic NONE = new Traffic(0, 0, 0);

    Traffic since(Traffic earlier) {
        return new Traffic(up - earlier.up, down - earlier.down, flows - earlier.flows);
    }

    Traffic plus(Traffic more) {
        return new Traffic(up + more.up, down + more.down, flows + more.flows);
    }
}
