package dev.fenliu.sniff;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The versions of QUIC whose Initial packets can be read by anybody: 1 (RFC 9000, RFC 9001) and 2 (RFC 9369). */
enum QuicVersion {
    V1(1, 0xc0, "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic"),
    V2(0x6b3343cf, 0xd0, "0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2");

    private final int number;
    private final int initial;
    private final String salt;
    private final String label;

    QuicVersion(int number, int initial, String salt, String label) {
        this.number = number;
        this.initial = initial;
        this.salt = salt;
        this.label = label;
    }

    static @Nullable QuicVersion of(int number) {
        for (QuicVersion version : values()) {
            if (version.number == number) {
                return version;
            }
        }
        return null;
    }

    /** Whether a packet that starts with the byte {@code first} is an Initial. */
    boolean isInitial(int first) {
        return (first & 0xf0) == initial;
    }

    /** What the secrets of its Initial packets are made from, beside a connection id. */
    byte[] salt() {
        return HexFormat.of().parseHex(salt);
    }

    /** How the labels of its keys begin. */
    String label() {
        return label;
    }
}
