package dev.fenliu.tunnel.shadowsocks;

import java.time.Instant;

/** Clocks that stand still until a test moves them. */
final class Wall {
    long seconds = 1_800_000_000;
    long nanos = Long.MAX_VALUE - 10; // it may wrap
    final Clocks clocks = new Clocks(() -> Instant.ofEpochSecond(seconds), () -> nanos);

    Wall() {}

    Wall(long seconds) {
        this.seconds = seconds;
    }

    void pass(long more) {
        seconds += more;
        nanos += more * 1_000_000_000;
    }
}
