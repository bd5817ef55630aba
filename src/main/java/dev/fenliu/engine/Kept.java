package dev.fenliu.engine;

import dev.fenliu.dns.AnswerCache;
import dev.fenliu.outbound.Health;
import dev.fenliu.outbound.History;
import dev.fenliu.state.StateFiles;
import io.netty.channel.EventLoopGroup;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * What outlives a reload, and what new generations are built on.
 *
 * @param clock monotonic, in nanoseconds
 * @param exits where far ends are, and what groups keep to
 * @param selections the chosen member of each select group; safe for concurrent use
 * @param dates the clock of the wall, for what is kept on the disk and for leases
 * @param state the folder for what survives a restart; made when it is first needed
 */
public record Kept(
        EventLoopGroup loops,
        LongSupplier clock,
        AnswerCache answers,
        Health health,
        Exits exits,
        Map<String, String> selections,
        ProcessLookup processes,
        InstantSource dates,
        Path state) {
    /** The clock of the wall, for commands that keep nothing else. */
    public static InstantSource wall() {
        return InstantSource.system();
    }

    /** Fresh. */
    public static Kept fresh(EventLoopGroup loops, LongSupplier clock, Path state) {
        Health health = new Health(clock, new History(InstantSource.system()));
        return new Kept(
                loops,
                clock,
                new AnswerCache(clock),
                health,
                Exits.of(clock, InstantSource.system(), health, new StateFiles(state)),
                new ConcurrentHashMap<>(),
                new ProcFs(),
                InstantSource.system(),
                state);
    }
}
