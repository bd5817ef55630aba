package dev.fenliu.net;

import java.net.InetAddress;
import java.util.Optional;

/**
 * How our own sockets leave this machine.
 *
 * @param device the network interface to bind to (Linux, SO_BINDTODEVICE)
 * @param source the address to bind to
 * @param mark the firewall mark (Linux, SO_MARK), 0 for none
 */
public record SocketOptions(Optional<String> device, Optional<InetAddress> source, int mark) {
    /** Whatever the system chooses. */
    public static final SocketOptions DEFAULT = new SocketOptions(Optional.empty(), Optional.empty(), 0);

    /**
     * The mark of every socket of ours where the traffic of others is handed to us: the rules that do so leave it alone,
     * or we would be handed our own.
     */
    public static final int OWN_MARK = 0x666e_0001;

    /** The same with that mark, if these have none. */
    public SocketOptions marked(int other) {
        return mark != 0 ? this : new SocketOptions(device, source, other);
    }

    /** Whether the sockets need options that only the native transport of Linux can set. */
    public boolean needsEpoll() {
        return device.isPresent() || mark != 0;
    }
}
