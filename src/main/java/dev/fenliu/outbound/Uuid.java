package dev.fenliu.outbound;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Type;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** A UUID that serves as a password (RFC 9562 section 4): 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12. */
public final class Uuid {
    /** Bytes of a UUID. */
    public static final int BYTES = 16;

    /** What one looks like, for messages. */
    public static final String EXPECTED =
            "expected: 8-4-4-4-12 hexadecimal digits, such as 6f9619ff-8b86-4011-b42d-00c04fc964ff";

    /** The key of an outbound whose server knows its clients by such a one. */
    public static final Key<Secret> KEY = Key.required("uuid", type(), "The user's id, as the server knows it.");

    private Uuid() {}

    private static Type<Secret> type() {
        return Type.of(Type.SECRET.words() + " that is a UUID", Type.SECRET.schema(), Uuid::read);
    }

    private static @Nullable Secret read(ConfigNode node, String what, Problems problems) {
        Secret secret = Type.SECRET.read(node, what, problems);
        if (secret == null || isValid(secret)) {
            return secret;
        }
        problems.error(node, what + " is no UUID (" + EXPECTED + ")");
        return null;
    }

    /** Whether that is one. */
    public static boolean isValid(Secret uuid) {
        return uuid.value().matches("[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}");
    }

    /** The 16 bytes of a valid one. */
    public static byte[] bytes(Secret uuid) {
        return HexFormat.of().parseHex(uuid.value().replace("-", ""));
    }
}
