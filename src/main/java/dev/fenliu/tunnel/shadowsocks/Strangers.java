package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.inbound.RareLog;
import dev.fenliu.model.Failure;
import dev.fenliu.net.Sockets;
import java.net.SocketAddress;
import org.slf4j.Logger;

/**
 * Tells whoever runs the server what it has met with silence. A client whose clock is wrong, which learns nothing from
 * that silence, is told of apart from the noise of the internet. Safe for concurrent use.
 */
final class Strangers {
    private final String listener;
    private final RareLog noise;
    private final RareLog clocks;

    Strangers(String listener, Logger log) {
        this.listener = listener;
        this.noise = new RareLog(log);
        this.clocks = new RareLog(log);
    }

    void ignored(String what, SocketAddress source, Failure why) {
        RareLog log = Clocks.differ(why) ? clocks : noise;
        log.warn(
                "listener \"" + listener + "\": ignored " + what + " from " + Sockets.text(source) + ": " + why.text());
    }
}
