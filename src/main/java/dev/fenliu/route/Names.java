package dev.fenliu.route;

/** Comparisons of normalised host names. */
final class Names {
    private Names() {}

    /** Whether {@code host} is {@code name} or below it, at a label's boundary. */
    static boolean isWithin(String host, String name) {
        int start = host.length() - name.length();
        return start >= 0 && host.endsWith(name) && (start == 0 || host.charAt(start - 1) == '.');
    }

    /** Whether the whole host fits a pattern in which {@code *} is any run and {@code ?} one character. */
    static boolean fits(String host, String pattern) {
        int h = 0;
        int p = 0;
        int star = -1;
        int mark = 0;
        while (h < host.length()) {
            char want = p < pattern.length() ? pattern.charAt(p) : 0;
            if (want == '*') {
                star = p++;
                mark = h;
            } else if (want == '?' || want == host.charAt(h)) {
                p++;
                h++;
            } else if (star >= 0) { // the last star takes one character more
                p = star + 1;
                h = ++mark;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
