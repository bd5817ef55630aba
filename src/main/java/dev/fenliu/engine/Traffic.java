package dev.fenliu.engine;

/**
 * What a user of a server listener has used, by flows that have ended.
 *
 * @param up bytes from the user
 * @param down bytes to the user
 */
public record Traffic(long up, long down, long flows) {
    Traffic plus(Traffic more) {
        return new Traffic(up + more.up, down + more.down, flows + more.flows);
    }
}
