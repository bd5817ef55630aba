package dev.fenliu.dns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The server's end of HTTP/2 (RFC 9113) frame by frame, so that it can answer queries as no codec would. The steps of a
 * script: {@code headers}, {@code data}, each with {@code +end} or without, and {@code frame:TYPE:FLAGS}, on the stream of
 * the query or with {@code :STREAM} on another one, with the payload after it; {@code raw}, {@code close}, {@code reset};
 * anything else is the message of an answer in order.
 */
final class RawHttp2 {
    private static final int PREFACE = 24;
    private static final int MAX_FRAME = 16_384;
    private static final int DATA = 0;
    private static final int SETTINGS = 4;
    private static final int ACK = 1;

    private final FakeServer.Peer peer;
    private final Script script;

    private RawHttp2(FakeServer.Peer peer, Script script) {
        this.peer = peer;
        this.script = script;
    }

    static void talk(FakeServer.Peer peer, Script script) throws IOException {
        new RawHttp2(peer, script).talk();
    }

    private void talk() throws IOException {
        peer.in().readNBytes(PREFACE);
        frame(SETTINGS, 0, 0, new byte[0]);
        while (true) {
            int length = peer.in().readUnsignedByte() << 16 | peer.in().readUnsignedShort();
            int type = peer.in().readUnsignedByte();
            int flags = peer.in().readUnsignedByte();
            int stream = peer.in().readInt();
            byte[] payload = peer.in().readNBytes(length);
            if (type == SETTINGS && flags != ACK) {
                frame(SETTINGS, ACK, 0, new byte[0]);
            } else if (type == DATA) {
                for (String step : script.steps(payload)) {
                    if (!run(step, stream, payload)) {
                        return;
                    }
                }
            }
        }
    }

    private boolean run(String step, int stream, byte[] query) throws IOException {
        int space = step.indexOf(' ');
        String[] words = (space < 0 ? step : step.substring(0, space)).split(":", -1);
        byte[] bytes = AnswerRecipe.bytes(space < 0 ? "" : step.substring(space + 1), query);
        switch (words[0]) {
            case "nothing" -> {}
            case "headers" -> frame(1, 4, stream, bytes);
            case "headers+end" -> frame(1, 5, stream, bytes);
            case "data" -> frame(DATA, 0, stream, bytes);
            case "data+end" -> frame(DATA, 1, stream, bytes);
            case "frame" ->
                frame(
                        Integer.parseInt(words[1], 16),
                        Integer.parseInt(words[2], 16),
                        words.length > 3 ? Integer.parseUnsignedInt(words[3]) : stream,
                        bytes);
            case "raw" -> peer.write(bytes);
            case "close" -> {
                return false;
            }
            case "reset" -> {
                peer.reset();
                return false;
            }
            default -> {
                frame(1, 4, stream, AnswerRecipe.bytes("OK", query));
                byte[] message = AnswerRecipe.bytes(step, query);
                int at = 0;
                for (; message.length - at > MAX_FRAME; at += MAX_FRAME) {
                    frame(DATA, 0, stream, Arrays.copyOfRange(message, at, at + MAX_FRAME));
                }
                frame(DATA, 1, stream, Arrays.copyOfRange(message, at, message.length));
            }
        }
        return true;
    }

    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        peer.write(ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array());
    }
}
