package dev.fenliu.app.pair;

import io.nayuki.qrcodegen.QrCode;

/** A QR code as lines of text, two rows of it in each: dark modules as blanks, for terminals that are dark. */
public final class QrText {
    /** Readers want so many light modules around it. */
    private static final int QUIET = 2;

    private QrText() {}

    /** The code of {@code text}, with the least error correction: screens have no stains. */
    public static String of(String text) {
        QrCode code = QrCode.encodeText(text, QrCode.Ecc.LOW);
        StringBuilder out = new StringBuilder();
        for (int y = -QUIET; y < code.size + QUIET; y += 2) {
            for (int x = -QUIET; x < code.size + QUIET; x++) {
                boolean upper = !code.getModule(x, y); // what is outside is light
                boolean lower = y + 1 < code.size + QUIET && !code.getModule(x, y + 1);
                out.append(upper ? lower ? '█' : '▀' : lower ? '▄' : ' ');
            }
            out.append('\n');
        }
        return out.toString();
    }
}
