package dev.fenliu.dns;

import dev.fenliu.model.Addresses;
import dev.fenliu.route.list.Cidr;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The networks of fake addresses: the place of a name is a number, and its addresses stand so far from the start of each.
 *
 * @param ipv4 of at most 24 bits
 * @param ipv6 of at most 112 bits
 */
public record FakeRanges(Cidr ipv4, Cidr ipv6) {
    static final int LONGEST_IPV4 = 24;
    static final int LONGEST_IPV6 = 112;

    /** The network for benchmarks (RFC 2544), and a part of the unique local addresses that RFC 4193 gives to nobody. */
    public static final FakeRanges DEFAULT = new FakeRanges(
            new Cidr(Addresses.of(new byte[] {(byte) 198, 18, 0, 0}), 15),
            new Cidr(Addresses.of(new byte[] {(byte) 0xfc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), 18));

    private static final int MOST = 65_535;

    /** Places count from 1 to this; the first and last address of a network are no hosts. */
    public int places() {
        return Math.min(MOST, (1 << 32 - ipv4.prefix()) - 2);
    }

    /** The two addresses of a place. */
    public List<InetAddress> addresses(int place) {
        return List.of(address(ipv4, place), address(ipv6, place));
    }

    private static InetAddress address(Cidr range, int place) {
        byte[] bytes = range.network().getAddress();
        ByteBuffer view = ByteBuffer.wrap(bytes);
        view.putInt(bytes.length - 4, view.getInt(bytes.length - 4) + place);
        return Addresses.of(bytes);
    }

    /** The place of an address of these networks; 0 when it is none. */
    public int place(InetAddress address) {
        byte[] bytes = address.getAddress();
        byte[] start = (bytes.length == 4 ? ipv4 : ipv6).network().getAddress();
        int place = ByteBuffer.wrap(bytes).getInt(bytes.length - 4)
                - ByteBuffer.wrap(start).getInt(bytes.length - 4);
        return place > 0 && place <= places() && addresses(place).contains(address) ? place : 0;
    }

    /** Whether an address is of these networks. */
    public boolean contain(InetAddress address) {
        Cidr range = address.getAddress().length == 4 ? ipv4 : ipv6;
        return new Cidr(address, range.prefix()).equals(range);
    }

    /** Whether the places have the same addresses in other ranges, as far as there are as many. */
    public boolean startAs(FakeRanges other) {
        return ipv4.network().equals(other.ipv4.network()) && ipv6.network().equals(other.ipv6.network());
    }
}
