package dev.fenliu.net.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DataPiecesTest {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** What frames mean: payload and end of each stream, and all other frames as they are. */
    private record Meaning(Map<Integer, ByteArrayOutputStream> payload, List<String> rest) {
        static Meaning of(byte[] bytes) {
            Meaning meaning = new Meaning(new TreeMap<>(), new ArrayList<>());
            ByteBuf in = Unpooled.wrappedBuffer(bytes);
            while (in.isReadable()) {
                int length = in.readMedium();
                int type = in.readByte();
                int flags = in.readByte();
                int stream = in.readInt();
                byte[] payload = new byte[length];
                in.readBytes(payload);
                if (type == 0 && (flags & 8) == 0) {
                    meaning.payload
                            .computeIfAbsent(stream, s -> new ByteArrayOutputStream())
                            .writeBytes(payload);
                    if ((flags & 1) != 0) {
                        meaning.rest.add("end of " + stream);
                    }
                } else {
                    meaning.rest.add(type + " " + flags + " " + stream + " " + java.util.Arrays.hashCode(payload));
                }
            }
            return meaning;
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            payload.forEach((stream, bytes) -> text.append(stream)
                    .append('=')
                    .append(bytes.size())
                    .append(':')
                    .append(java.util.Arrays.hashCode(bytes.toByteArray()))
                    .append(' '));
            return text.append(rest).toString();
        }
    }

    @Test
    void whatever_the_pieces_the_meaning_is_the_same() {
        Random random = new Random(1);
        for (int round = 0; round < 60; round++) {
            byte[] frames = frames(random);
            String meaning = Meaning.of(frames).toString();
            for (int most : new int[] {1, 2, 10, 300, 5000}) {
                assertThat(Meaning.of(through(false, frames, random, most)).toString())
                        .isEqualTo(meaning);
            }
        }
    }

    @Test
    void the_preface_of_a_client_passes() {
        byte[] frames = frames(new Random(2));
        byte[] all = new byte[PREFACE.length + frames.length];
        System.arraycopy(PREFACE, 0, all, 0, PREFACE.length);
        System.arraycopy(frames, 0, all, PREFACE.length, frames.length);
        byte[] out = through(true, all, new Random(3), 20);
        assertThat(out).startsWith(PREFACE);
        assertThat(Meaning.of(java.util.Arrays.copyOfRange(out, PREFACE.length, out.length))
                        .toString())
                .isEqualTo(Meaning.of(frames).toString());
    }

    @Test
    void nothing_of_a_frame_waits_for_its_end() {
        EmbeddedChannel channel = new EmbeddedChannel(new DataPieces(false));
        byte[] frame = frame(0, 1, 5, new byte[1000]);
        channel.writeInbound(Unpooled.copiedBuffer(frame, 0, 109));
        ByteBuf first = channel.readInbound();
        assertThat(first.readMedium()).isEqualTo(100);
        assertThat(first.readShort()).isZero();
        assertThat(first.readInt()).isEqualTo(5);
        assertThat(first.readableBytes()).isEqualTo(100);
        first.release();
        channel.writeInbound(Unpooled.copiedBuffer(frame, 109, 900));
        ByteBuf header = channel.readInbound();
        assertThat(header.readMedium()).isEqualTo(900);
        assertThat(header.readShort()).isEqualTo((short) 1);
        header.release();
        ByteBuf rest = channel.readInbound();
        assertThat(rest.readableBytes()).isEqualTo(900);
        rest.release();
        channel.finishAndReleaseAll();
    }

    private static byte[] through(boolean server, byte[] bytes, Random random, int most) {
        EmbeddedChannel channel = new EmbeddedChannel(new DataPieces(server));
        for (int at = 0; at < bytes.length; ) {
            int count = Math.min(bytes.length - at, 1 + random.nextInt(most));
            channel.writeInbound(Unpooled.copiedBuffer(bytes, at, count));
            at += count;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (ByteBuf part; (part = channel.readInbound()) != null; part.release()) {
            out.writeBytes(io.netty.buffer.ByteBufUtil.getBytes(part));
        }
        channel.finishAndReleaseAll();
        return out.toByteArray();
    }

    private static byte[] frames(Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < 20; i++) {
            byte[] payload = new byte[random.nextInt(4) == 0 ? random.nextInt(3) : random.nextInt(600)];
            random.nextBytes(payload);
            int type = random.nextBoolean() ? 0 : random.nextInt(10);
            int flags = random.nextInt(3) == 0 ? random.nextInt(16) : 0;
            out.writeBytes(frame(type, flags, random.nextInt(3), payload));
        }
        return out.toByteArray();
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        ByteBuf out = Unpooled.buffer(9 + payload.length);
        out.writeMedium(payload.length)
                .writeByte(type)
                .writeByte(flags)
                .writeInt(stream)
                .writeBytes(payload);
        return out.array();
    }
}
