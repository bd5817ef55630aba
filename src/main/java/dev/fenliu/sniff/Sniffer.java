package dev.fenliu.sniff;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * Recognises protocols by their first bytes. Looks at no more than {@link #MAX} bytes of a stream or datagram, keeps
 * nothing between calls, and never throws for what it reads.
 */
public final class Sniffer {
    /** With this many bytes of a stream the answer is always final. */
    public static final int MAX = 16 << 10;

    /** What {@link Sniffed#protocol} may say. */
    public static final Set<String> PROTOCOLS = Set.of("tls", "http", "quic", "ssh", "bittorrent");

    private static final byte[] SSH = "SSH-".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BITTORRENT = "\023BitTorrent protocol".getBytes(StandardCharsets.US_ASCII);

    private Sniffer() {}

    /**
     * Looks at everything that the client has sent so far.
     *
     * @param first from its reader index on; not changed
     */
    public static Sniffed sniff(ByteBuf first) {
        ByteBuf bytes = upToMax(first);
        if (!bytes.isReadable()) {
            return Sniffed.MORE;
        }
        Sniffed found = switch (bytes.getByte(0)) {
            case ClientHello.HANDSHAKE -> ClientHello.sniff(bytes);
            case 0x13 -> prefix(bytes, BITTORRENT, "bittorrent");
            // a lone S may become SEARCH as well
            case 'S' ->
                bytes.readableBytes() > 1 && bytes.getByte(1) == 'S'
                        ? prefix(bytes, SSH, "ssh")
                        : HttpRequest.sniff(bytes);
            default -> HttpRequest.sniff(bytes);
        };
        if (found.state() == Sniffed.State.MORE && bytes.readableBytes() == MAX) {
            return found.settled();
        }
        return found;
    }

    /**
     * Looks at the first datagrams that the client has sent to one destination.
     *
     * @param datagrams in the order in which they came, each from its reader index on; not changed
     */
    public static Sniffed sniff(List<ByteBuf> datagrams) {
        return Quic.sniff(datagrams.stream().map(Sniffer::upToMax).toList());
    }

    /**
     * Whether a datagram may belong to a QUIC connection that it does not open (RFC 9000 section 17): no later one will say
     * whose that is.
     *
     * @param datagram from its reader index on; not changed
     */
    public static boolean isAmidQuic(ByteBuf datagram) {
        boolean fixedBit = datagram.isReadable() && (datagram.getByte(datagram.readerIndex()) & 0x40) != 0;
        return fixedBit && Quic.sniff(List.of(upToMax(datagram))).protocol().isEmpty();
    }

    private static ByteBuf upToMax(ByteBuf bytes) {
        return bytes.slice(bytes.readerIndex(), Math.min(bytes.readableBytes(), MAX));
    }

    private static Sniffed prefix(ByteBuf bytes, byte[] prefix, String protocol) {
        for (int i = 0; i < Math.min(prefix.length, bytes.readableBytes()); i++) {
            if (bytes.getByte(i) != prefix[i]) {
                return Sniffed.NOTHING;
            }
        }
        return bytes.readableBytes() < prefix.length ? Sniffed.MORE : Sniffed.done(protocol);
    }
}
