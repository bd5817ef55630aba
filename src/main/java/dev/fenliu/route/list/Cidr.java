package dev.fenliu.route.list;

import dev.fenliu.model.Addresses;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network: its first address and the number of bits that are fixed. Bits beyond the prefix are cleared, IPv4-mapped
 * networks are IPv4. Immutable.
 */
public record Cidr(InetAddress network, int prefix) {
    /**
     * Clears the bits beyond the prefix.
     *
     * @throws IllegalArgumentException for a prefix longer than the address
     */
    public Cidr {
        byte[] bytes = network.getAddress();
        if (prefix < 0 || prefix > bytes.length * 8) {
            throw new IllegalArgumentException("prefix " + prefix + " of an address of " + bytes.length * 8 + " bits");
        }
        network = Addresses.of(fill(bytes, prefix, 0));
    }

    /** Reads {@code 10.0.0.0/8}, {@code 2001:db8::/32} or a bare address; null for anything else. */
    public static @Nullable Cidr parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        if (address.length() > 64 || address.indexOf('%') >= 0) {
            return null;
        }
        InetAddress network = Addresses.parse(address);
        if (network == null) {
            return null;
        }
        int bits = network.getAddress().length * 8;
        int mapped = bits == 32 && address.indexOf(':') >= 0 ? 96 : 0;
        int prefix = slash < 0 ? bits + mapped : number(text, slash + 1);
        return prefix < mapped || prefix > bits + mapped ? null : new Cidr(network, prefix - mapped);
    }

    /** The highest address in the network. */
    public InetAddress last() {
        return Addresses.of(lastBytes());
    }

    /** The same as it is written in the network's own family: that of ::/80 reads as an IPv4-mapped one. */
    byte[] lastBytes() {
        return fill(network.getAddress(), prefix, 0xff);
    }

    /** Whether the addresses are of one family and in order. */
    static boolean isRange(InetAddress from, InetAddress to) {
        byte[] first = from.getAddress();
        byte[] last = to.getAddress();
        return first.length == last.length && Arrays.compareUnsigned(first, last) <= 0;
    }

    /** The fewest networks that hold exactly the addresses of a range ({@link #isRange}). */
    static List<Cidr> covering(InetAddress from, InetAddress to) {
        int bits = from.getAddress().length * 8;
        BigInteger next = new BigInteger(1, from.getAddress());
        BigInteger last = new BigInteger(1, to.getAddress());
        List<Cidr> networks = new ArrayList<>();
        while (next.compareTo(last) <= 0) {
            int free = next.signum() == 0 ? bits : Math.min(bits, next.getLowestSetBit());
            BigInteger left = last.subtract(next).add(BigInteger.ONE);
            free = Math.min(free, left.bitLength() - 1);
            networks.add(new Cidr(address(next, bits / 8), bits - free));
            next = next.add(BigInteger.ONE.shiftLeft(free));
        }
        return networks;
    }

    private static InetAddress address(BigInteger value, int length) {
        byte[] digits = value.toByteArray(); // may have a zero more, or fewer bytes than the address
        byte[] bytes = new byte[length];
        int count = Math.min(length, digits.length);
        System.arraycopy(digits, digits.length - count, bytes, length - count, count);
        return Addresses.of(bytes);
    }

    public boolean isV4() {
        return network instanceof Inet4Address;
    }

    private static byte[] fill(byte[] bytes, int prefix, int filler) {
        for (int i = prefix / 8; i < bytes.length; i++) {
            int free = i == prefix / 8 ? 0xff >>> prefix % 8 : 0xff;
            bytes[i] = (byte) (bytes[i] & ~free | filler & free);
        }
        return bytes;
    }

    private static int number(String text, int from) {
        int value = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9' || i - from == 3) {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return from == text.length() ? -1 : value;
    }

    @Override
    public String toString() {
        return Addresses.text(network) + "/" + prefix;
    }
}
