package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.net.Sockets;
import io.netty.handler.codec.quic.EpollQuicUtils;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicCongestionControlAlgorithm;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How both ends speak QUIC. */
final class Settings {
    /** What an HTTP/3 server speaks. */
    static final List<String> ALPN = List.of("h3");

    /** H3_NO_ERROR (RFC 9114 section 8.1). */
    static final int NO_ERROR = 0x100;

    private static final long IDLE_SECONDS = 30;

    /** A stream that nobody reads holds so much; one that is read is given more by and by. */
    private static final long STREAM_WINDOW = 1 << 20;

    private static final long CONNECTION_WINDOW = 16 << 20;
    private static final long STREAMS = 1024;
    private static final int DATAGRAMS = 1024;

    /** What still fits through the tunnels that there are on the way, and leaves room for Salamander. */
    private static final long PACKET = 1350;

    /** Hysteria's own ends drop datagrams that would fill a packet with the usual 20. */
    private static final int ID_BYTES = 8;

    private static final int SEGMENTS = 32;

    private Settings() {}

    /** Whether the native library is there and works. Loads it. */
    static boolean available() {
        return Quic.isAvailable();
    }

    /** BBR keeps its rate where packets are lost for other reasons than too many of them. */
    static <B extends QuicCodecBuilder<B>> B apply(B builder) {
        return builder.congestionControlAlgorithm(QuicCongestionControlAlgorithm.BBR)
                .maxIdleTimeout(IDLE_SECONDS, TimeUnit.SECONDS)
                .localConnectionIdLength(ID_BYTES)
                .maxSendUdpPayloadSize(PACKET)
                .initialMaxData(CONNECTION_WINDOW)
                .initialMaxStreamDataBidirectionalLocal(STREAM_WINDOW)
                .initialMaxStreamDataBidirectionalRemote(STREAM_WINDOW)
                .initialMaxStreamsBidirectional(STREAMS)
                .initialMaxStreamDataUnidirectional(64 << 10)
                .initialMaxStreamsUnidirectional(16)
                .datagram(DATAGRAMS, DATAGRAMS);
    }

    /** Many packets for one call of the system, where it can cut them. */
    static SegmentedDatagramPacketAllocator segments() {
        return Sockets.EPOLL ? EpollQuicUtils.newSegmentedAllocator(SEGMENTS) : SegmentedDatagramPacketAllocator.NONE;
    }
}
