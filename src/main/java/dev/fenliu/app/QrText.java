package dev.fenliu.app;

import io.nayuki.qrcodegen.DataTooLongException;
import io.nayuki.qrcodegen.QrCode;
import java.util.ArrayList;
import java.util.List;

/**
 * A QR code of characters that are half a square each, so that it is as wide as it is high. Without colours it is drawn
 * for terminals that show light text on a dark ground; cameras read the other way round too.
 */
final class QrText {
    /** The margin that a code needs (ISO/IEC 18004 section 6.3.8), in modules. */
    private static final int MARGIN = 4;

    private static final String BLACK_ON_WHITE = "\u001b[30;107m";
    private static final String PLAIN = "\u001b[0m";

    private QrText() {}

    /**
     * The lines of a code.
     *
     * @param colour whether escapes make it black on white, whatever the terminal's colours are
     * @throws IllegalArgumentException if the text is too long for a code
     */
    static List<String> lines(String text, boolean colour) {
        QrCode code;
        try {
            code = QrCode.encodeText(text, QrCode.Ecc.LOW);
        } catch (DataTooLongException e) {
            throw new IllegalArgumentException("it is too long for a QR code", e);
        }
        List<String> lines = new ArrayList<>();
        for (int y = -MARGIN; y < code.size + MARGIN; y += 2) {
            StringBuilder line = new StringBuilder(colour ? BLACK_ON_WHITE : "");
            for (int x = -MARGIN; x < code.size + MARGIN; x++) {
                // a module beyond the edge is light
                boolean upper = code.getModule(x, y) == colour;
                boolean lower = code.getModule(x, y + 1) == colour;
                line.append(upper ? lower ? '█' : '▀' : lower ? '▄' : ' ');
            }
            lines.add(line.append(colour ? PLAIN : "").toString());
        }
        return lines;
    }
}
