package dev.fenliu.route;

import java.net.InetAddress;
import java.util.Set;

/** Countries and autonomous systems of addresses. Pure and safe for concurrent use. */
public interface Geo {
    /** Knows nothing. */
    Geo NONE = new Geo() {
        @Override
        public Set<GeoKind> kinds() {
            return Set.of();
        }

        @Override
        public boolean isIn(InetAddress address, String country) {
            return false;
        }

        @Override
        public long asn(InetAddress address) {
            return 0;
        }
    };

    /** What it can tell. */
    Set<GeoKind> kinds();

    /** Whether the address belongs to the country, ISO 3166-1 in upper case. */
    boolean isIn(InetAddress address, String country);

    /** The autonomous system that announces the address, 0 when unknown. */
    long asn(InetAddress address);
}
