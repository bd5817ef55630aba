package dev.fenliu.route;

/** What a GeoIP file tells about an address. */
public enum GeoKind {
    COUNTRY("country"),
    ASN("asn");

    private final String key;

    GeoKind(String key) {
        this.key = key;
    }

    /** The key of the condition that asks for it. */
    String key() {
        return key;
    }

    /** What to do when no file tells it. */
    String remedy() {
        String which =
                this == COUNTRY ? "GeoLite2-Country, DB-IP Lite or iptoasn-country" : "GeoLite2-ASN or DB-IP ASN";
        return "get an .mmdb file (" + which + ") and name it: geoip: {file: " + key
                + ".mmdb}; nothing is downloaded at start. A rule-set of networks needs no database";
    }
}
