package dev.fenliu.app;

import java.util.Locale;

/** Numbers of bytes for people. */
final class SizeText {
    private static final String UNITS = "KMGT";

    private SizeText() {}

    /** With three digits or so, in units of 1024. */
    static String of(long bytes) {
        double size = bytes / 1024.0;
        int unit = 0;
        while (size >= 1024 && unit < UNITS.length() - 1) {
            size /= 1024;
            unit++;
        }
        String number = String.format(Locale.ROOT, size < 100 && size != Math.rint(size) ? "%.1f" : "%.0f", size);
        return number + " " + UNITS.charAt(unit) + "iB";
    }
}
