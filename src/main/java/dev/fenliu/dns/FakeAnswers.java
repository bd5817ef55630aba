package dev.fenliu.dns;

import dev.fenliu.model.Host;
import java.net.InetAddress;
import java.util.List;

/** Gives fake addresses for names. */
@FunctionalInterface
public interface FakeAnswers {
    /** Seconds that clients may keep them: what is behind them may be gone with the program. */
    int TTL = 1;

    /** The addresses of a name, one of each family; none when no more are free. */
    List<InetAddress> addresses(Host.Name name);
}
