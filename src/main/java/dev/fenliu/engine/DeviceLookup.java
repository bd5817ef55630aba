package dev.fenliu.engine;

import dev.fenliu.model.Device;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;

/** Finds the machine that flows come from. Safe for concurrent use, never blocks. */
@FunctionalInterface
public interface DeviceLookup {
    /** What can be found out of the machine with this address; completes on {@code loop} and never fails. */
    Future<Device> find(InetAddress source, EventLoop loop);
}
