package dev.fenliu.model;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** Address literals, read and printed without ever asking a resolver. */
public final class Addresses {
    private Addresses() {}

    /**
     * Reads an IPv4 address in four decimal parts, or an IPv6 address (RFC 4291 section 2.2), in brackets or not, its
     * zone dropped; IPv4-mapped addresses become IPv4. Anything else is null.
     */
    public static @Nullable InetAddress parse(String text) {
        String bare = text;
        if (bare.startsWith("[")) {
            if (!bare.endsWith("]")) {
                return null;
            }
            bare = bare.substring(1, bare.length() - 1);
            if (bare.indexOf(':') < 0) {
                return null;
            }
        }
        if (bare.indexOf(':') < 0) {
            byte[] four = v4(bare);
            return four == null ? null : of(four);
        }
        int zone = bare.indexOf('%');
        if (zone >= 0) {
            if (zone == bare.length() - 1) {
                return null;
            }
            bare = bare.substring(0, zone);
        }
        byte[] sixteen = v6(bare);
        return sixteen == null ? null : plain(of(sixteen));
    }

    /** Reads where a client is: an address, with a port or without, which is 0 then. @throws IllegalArgumentException naming the text */
    public static InetSocketAddress source(String text) {
        InetAddress address = parse(text);
        if (address != null) {
            return new InetSocketAddress(address, 0);
        }
        Destination both = Destination.parse(text);
        if (both.host() instanceof Host.Address literal) {
            return new InetSocketAddress(literal.value(), both.port());
        }
        throw new IllegalArgumentException("\"" + text + "\" (expected: an address, or address:port)");
    }

    /** The address of 4 or 16 bytes, IPv4-mapped ones unmapped. @throws IllegalArgumentException for other lengths */
    public static InetAddress of(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes); // gives an Inet4Address for an IPv4-mapped one
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("address of " + bytes.length + " bytes (expected: 4 or 16)", e);
        }
    }

    /** The same address without zone and without a name. */
    public static InetAddress plain(InetAddress address) {
        return of(address.getAddress());
    }

    /** The text of an address: dotted IPv4, or RFC 5952 IPv6. */
    public static String text(InetAddress address) {
        if (address instanceof Inet4Address) {
            return address.getHostAddress();
        }
        byte[] b = address.getAddress();
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (b[2 * i] & 0xff) << 8 | b[2 * i + 1] & 0xff;
        }
        int best = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > bestLength) {
                best = i;
                bestLength = end - i;
            }
        }
        StringBuilder out = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == best) {
                out.append("::");
                i += bestLength - 1;
            } else {
                if (i > 0 && out.charAt(out.length() - 1) != ':') {
                    out.append(':');
                }
                out.append(Integer.toHexString(groups[i]));
            }
        }
        return out.toString();
    }

    /** Whether the address belongs to a home or office network: RFC 1918, 100.64/10, fc00::/7, fe80::/10, 169.254/16. */
    public static boolean isPrivate(InetAddress address) {
        byte[] b = address.getAddress();
        if (b.length == 4) {
            int first = b[0] & 0xff;
            int second = b[1] & 0xff;
            return first == 10
                    || first == 172 && second >= 16 && second < 32
                    || first == 192 && second == 168
                    || first == 100 && second >= 64 && second < 128
                    || first == 169 && second == 254;
        }
        return address instanceof Inet6Address
                && ((b[0] & 0xfe) == 0xfc || (b[0] & 0xff) == 0xfe && (b[1] & 0xc0) == 0x80);
    }

    /**
     * Whether no flow may be dialled there on behalf of a stranger: private, loopback, unspecified, multicast,
     * broadcast and reserved addresses, and the NAT64 (64:ff9b::/96) and 6to4 (2002::/16) forms of such IPv4 ones.
     */
    public static boolean isInternal(InetAddress address) {
        byte[] b = address.getAddress();
        if (b.length == 4) {
            int first = b[0] & 0xff;
            return first == 0 || first == 127 || first >= 224 || isPrivate(address);
        }
        if (b[0] == 0x20 && b[1] == 0x02) {
            return isInternal(of(new byte[] {b[2], b[3], b[4], b[5]}));
        }
        if (b[0] == 0 && b[1] == 0x64 && (b[2] & 0xff) == 0xff && (b[3] & 0xff) == 0x9b) {
            return isInternal(of(new byte[] {b[12], b[13], b[14], b[15]}));
        }
        return address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isMulticastAddress()
                || address.isSiteLocalAddress()
                || isPrivate(address);
    }

    private static byte @Nullable [] v4(String text) {
        byte[] out = new byte[4];
        int part = 0;
        int value = -1;
        int digits = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i < text.length() ? text.charAt(i) : '.';
            if (c == '.') {
                if (value < 0 || part == 4) {
                    return null;
                }
                out[part++] = (byte) value;
                value = -1;
                digits = 0;
            } else if (c >= '0' && c <= '9' && !(digits > 0 && value == 0) && ++digits <= 3) {
                value = (value < 0 ? 0 : value * 10) + (c - '0');
                if (value > 255) {
                    return null;
                }
            } else {
                return null;
            }
        }
        return part == 4 ? out : null;
    }

    private static byte @Nullable [] v6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte[] all = groups(text);
            return all != null && all.length == 16 ? all : null;
        }
        byte[] head = groups(text.substring(0, gap));
        byte[] tail = groups(text.substring(gap + 2));
        if (head == null || tail == null || head.length + tail.length > 14) {
            return null;
        }
        byte[] out = new byte[16];
        System.arraycopy(head, 0, out, 0, head.length);
        System.arraycopy(tail, 0, out, 16 - tail.length, tail.length);
        return out;
    }

    private static byte @Nullable [] groups(String text) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        String[] parts = text.split(":", -1);
        if (parts.length > 8) {
            return null;
        }
        byte[] out = new byte[16 + 4];
        int n = 0;
        for (int p = 0; p < parts.length; p++) {
            String part = parts[p];
            if (p == parts.length - 1 && part.indexOf('.') >= 0) {
                byte[] four = v4(part);
                if (four == null) {
                    return null;
                }
                System.arraycopy(four, 0, out, n, 4);
                n += 4;
                continue;
            }
            if (part.isEmpty() || part.length() > 4) {
                return null;
            }
            int value = 0;
            for (int i = 0; i < part.length(); i++) {
                int digit = Character.digit(part.charAt(i), 16);
                if (digit < 0 || part.charAt(i) > 'f') {
                    return null;
                }
                value = value << 4 | digit;
            }
            out[n++] = (byte) (value >> 8);
            out[n++] = (byte) value;
        }
        return n > 16 ? null : java.util.Arrays.copyOf(out, n);
    }
}
