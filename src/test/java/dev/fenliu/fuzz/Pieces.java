package dev.fenliu.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Input of a fuzzer: its first byte says how the rest is cut into the pieces in which it arrives. */
public final class Pieces {
    private final int seed;
    private final byte[] bytes;

    private Pieces(int seed, byte[] bytes) {
        this.seed = seed;
        this.bytes = bytes;
    }

    public static Pieces of(byte[] input) {
        return input.length == 0
                ? new Pieces(0, input)
                : new Pieces(input[0] & 0xff, Arrays.copyOfRange(input, 1, input.length));
    }

    /** Bytes that are cut as {@code seed} says. */
    public static Pieces of(byte[] bytes, int seed) {
        return new Pieces(seed, bytes);
    }

    /** The first byte, which may choose among variants as well. */
    public int seed() {
        return seed;
    }

    public byte[] bytes() {
        return bytes;
    }

    public List<byte[]> whole() {
        return List.of(bytes);
    }

    /** Byte by byte if the seed is even, else pieces of any size, few or many; none is empty. */
    public List<byte[]> cut() {
        Random random = new Random(seed);
        int most = seed % 2 == 0 ? 1 : 1 + random.nextInt(random.nextBoolean() ? 8 : 1 + bytes.length);
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(most));
            pieces.add(Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
        return pieces;
    }
}
