package dev.fenliu.leak;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One Ethernet frame that came from the box.
 *
 * @param bytes all of it, each as the character of its number
 * @param where what it is and where it goes: {@code tcp 203.0.113.1:443}, {@code udp 2001:db8::1:53}, {@code arp},
 *     {@code neighbours} for IPv6's own housekeeping, {@code fence} for the laboratory's marks
 * @param flow tells apart what goes there
 * @param sequence of TCP
 * @param payload of TCP or UDP, as {@code bytes}
 */
record Frame(String bytes, String where, String flow, long sequence, String payload) {
    private static final int ETHERNET = 14;
    static final int FENCE = 0x88b5; // IEEE 802's own for experiments

    static Frame parse(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int type = in.getShort(12) & 0xffff;
        return switch (type) {
            case 0x0800 -> {
                int header = (in.get(ETHERNET) & 15) * 4;
                int total = in.getShort(ETHERNET + 2) & 0xffff;
                String host = host(bytes, ETHERNET + 16, 4);
                boolean fragment = (in.getShort(ETHERNET + 6) & 0x3fff) != 0;
                int protocol = fragment ? -1 : in.get(ETHERNET + 9) & 0xff;
                yield transport(bytes, protocol, host, ETHERNET + header, ETHERNET + total);
            }
            case 0x86dd -> {
                int end = ETHERNET + 40 + (in.getShort(ETHERNET + 4) & 0xffff);
                String host = host(bytes, ETHERNET + 24, 16);
                int protocol = in.get(ETHERNET + 6) & 0xff;
                int at = ETHERNET + 40;
                if (protocol == 0) { // hop-by-hop options
                    protocol = in.get(at) & 0xff;
                    at += 8 + (in.get(at + 1) & 0xff) * 8;
                }
                yield transport(bytes, protocol, host, at, end);
            }
            case 0x0806 -> plain(bytes, "arp");
            case FENCE -> plain(bytes, "fence");
            default -> plain(bytes, "ethernet type " + Integer.toHexString(type));
        };
    }

    private static Frame transport(byte[] bytes, int protocol, String host, int at, int end) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (protocol == 58) {
            int type = in.get(at) & 0xff;
            boolean own = type >= 130 && type <= 136 || type == 143; // RFC 4861, RFC 3810
            return plain(bytes, own ? "neighbours" : "icmp " + host);
        }
        if (protocol != 6 && protocol != 17) {
            return plain(bytes, (protocol == 1 ? "icmp " : "protocol " + protocol + " ") + host);
        }
        int to = in.getShort(at + 2) & 0xffff;
        boolean tcp = protocol == 6;
        int payload = at + (tcp ? (in.get(at + 12) >> 4 & 15) * 4 : 8);
        boolean reset = tcp && (in.get(at + 13) & 4) != 0;
        String where = (reset ? "reset " : tcp ? "tcp " : "udp ") + host + ":" + to;
        String flow = where + " from " + (in.getShort(at) & 0xffff);
        long sequence = tcp ? in.getInt(at + 4) & 0xffffffffL : 0;
        return new Frame(text(bytes), where, flow, sequence, text(Arrays.copyOfRange(bytes, payload, end)));
    }

    private static Frame plain(byte[] bytes, String where) {
        return new Frame(text(bytes), where, where, 0, "");
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String host(byte[] bytes, int at, int length) {
        try {
            return Addresses.text(InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + length)));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
