package dev.fenliu.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A client's upgrade as a server reads it (RFC 6455 section 4.2.1).
 *
 * @param key empty where the transport has none
 * @param protocol the field in which early data come; empty when it is not there
 */
record UpgradeRequest(String key, String protocol) {
    private static final String METHOD = "GET ";

    /** Whether {@code in}, as far as it goes, begins as a request for this transport does. */
    static boolean mayBegin(TransportOptions options, ByteBuf in) {
        String begin = METHOD + options.path();
        int there = Math.min(begin.length(), in.readableBytes());
        for (int i = 0; i < there; i++) {
            if (in.getByte(in.readerIndex() + i) != begin.charAt(i)) {
                return false;
            }
        }
        if (in.readableBytes() <= begin.length()) {
            return true;
        }
        byte next = in.getByte(in.readerIndex() + begin.length());
        return next == ' ' || next == '?' || options.path().indexOf('?') >= 0;
    }

    /** What the head asks for; null when that is not this transport. */
    static @Nullable UpgradeRequest of(TransportOptions options, Head head) {
        String begin = METHOD + options.path();
        String rest = head.start().startsWith(begin) ? head.start().substring(begin.length()) : "";
        String host = head.field("host");
        if (host == null) {
            return null;
        }
        boolean mine = rest.matches("(\\?[!-~]*)? HTTP/1\\.1")
                && head.has("connection", "upgrade")
                && head.has("upgrade", "websocket");
        if (!mine || !options.admits(host)) {
            return null;
        }
        String protocol = head.field("sec-websocket-protocol");
        if (options.kind() != TransportOptions.Kind.WS) {
            return new UpgradeRequest("", "");
        }
        String key = head.field("sec-websocket-key");
        return key != null && WebSocketKey.isValid(key) && "13".equals(head.field("sec-websocket-version"))
                ? new UpgradeRequest(key, protocol == null ? "" : protocol)
                : null;
    }

    /** Payload that came with the request: all of the field is Base64, in either alphabet; null if there is none. */
    byte @Nullable [] early() {
        try {
            byte[] early =
                    Base64.getUrlDecoder().decode(protocol.replace('+', '-').replace('/', '_'));
            return early.length == 0 ? null : early;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Writes the answer that agrees. */
    void answer(ByteBuf out) {
        StringBuilder answer = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\n");
        answer.append("Upgrade: websocket\r\nConnection: Upgrade\r\n");
        if (!key.isEmpty()) {
            answer.append("Sec-WebSocket-Accept: ")
                    .append(WebSocketKey.accept(key))
                    .append("\r\n");
        }
        if (early() != null) {
            answer.append("Sec-WebSocket-Protocol: ").append(protocol).append("\r\n");
        }
        ByteBufUtil.writeAscii(out, answer.append("\r\n"));
    }
}
