package dev.fenliu.route;

import dev.fenliu.route.list.Cidr;
import java.net.InetAddress;

/** Comparisons of networks and addresses; what is of another family never fits. */
final class Networks {
    private Networks() {}

    static boolean contains(Cidr network, InetAddress address) {
        byte[] mine = network.network().getAddress();
        byte[] other = address.getAddress();
        if (mine.length != other.length) {
            return false;
        }
        int whole = network.prefix() >> 3;
        for (int i = 0; i < whole; i++) {
            if (mine[i] != other[i]) {
                return false;
            }
        }
        int rest = network.prefix() & 7;
        return rest == 0 || ((mine[whole] ^ other[whole]) & 0xff) >> 8 - rest == 0;
    }

    /** Whether every address of {@code inner} is in {@code outer}. */
    static boolean covers(Cidr outer, Cidr inner) {
        return outer.prefix() <= inner.prefix() && contains(outer, inner.network());
    }
}
