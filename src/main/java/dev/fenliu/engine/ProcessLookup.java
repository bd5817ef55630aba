package dev.fenliu.engine;

import dev.fenliu.model.Flow;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

/** Finds the program that opened a flow. Safe for concurrent use, never blocks. */
@FunctionalInterface
public interface ProcessLookup {
    /** The program's file name, empty when it is not known; completes on {@code loop} and never fails. */
    Future<String> find(Flow flow, EventLoop loop);
}
