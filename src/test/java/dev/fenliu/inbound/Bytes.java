package dev.fenliu.inbound;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Messages written for the eye: hex digits, {@code 'text'}, and {@code xx*n} for a repeated byte, with spaces. */
public final class Bytes {
    private Bytes() {}

    public static byte[] of(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == ' ') {
                i++;
            } else if (c == '\'') {
                int end = text.indexOf('\'', i + 1);
                out.writeBytes(text.substring(i + 1, end).getBytes(StandardCharsets.UTF_8));
                i = end + 1;
            } else {
                int value = HexFormat.fromHexDigits(text, i, i + 2);
                i += 2;
                int count = 1;
                if (i < text.length() && text.charAt(i) == '*') {
                    int end = text.indexOf(' ', i) < 0 ? text.length() : text.indexOf(' ', i);
                    count = Integer.parseInt(text.substring(i + 1, end));
                    i = end;
                }
                for (int n = 0; n < count; n++) {
                    out.write(value);
                }
            }
        }
        return out.toByteArray();
    }

    public static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** The hex of a buffer, which is released. */
    public static String hex(ByteBuf buffer) {
        try {
            return ByteBufUtil.hexDump(buffer);
        } finally {
            buffer.release();
        }
    }
}
