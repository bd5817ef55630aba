package dev.fenliu.outbound;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A share link taken apart, much as RFC 3986 says, but by the rules that links keep in the wild: the fragment begins at
 * the first {@code #}, the query at the first {@code ?} before it, and the last {@code @} ends the user info, which may
 * hold slashes.
 *
 * @param userInfo as written, percent-encoded; null when there is none
 * @param authority what follows the user info, without path
 * @param query decoded, {@code +} as a blank
 * @param fragment decoded, {@code +} as it is; null when there is none
 */
record LinkParts(
        String scheme,
        @Nullable String userInfo,
        String authority,
        Map<String, String> query,
        @Nullable String fragment) {
    private static final int MAX = 16 << 10;

    /** @throws IllegalArgumentException if it is no link at all; the message holds nothing of it */
    static LinkParts split(String link) {
        int colon = link.indexOf("://");
        if (link.length() > MAX || colon <= 0) {
            throw new IllegalArgumentException(
                    colon <= 0 ? "this is not a share link: the scheme is missing" : "the link is longer than " + MAX);
        }
        String scheme = link.substring(0, colon).toLowerCase(Locale.ROOT);
        String rest = link.substring(colon + 3);
        int hash = rest.indexOf('#');
        String fragment = hash < 0 ? null : decode(rest.substring(hash + 1));
        rest = hash < 0 ? rest : rest.substring(0, hash);
        int mark = rest.indexOf('?');
        Map<String, String> query = query(mark < 0 ? "" : rest.substring(mark + 1));
        rest = mark < 0 ? rest : rest.substring(0, mark);
        int at = rest.lastIndexOf('@');
        String authority = rest.substring(at + 1);
        if (at >= 0 && authority.indexOf('/') >= 0) {
            authority = authority.substring(0, authority.indexOf('/'));
        }
        return new LinkParts(scheme, at < 0 ? null : rest.substring(0, at), authority, query, fragment);
    }

    private static Map<String, String> query(String text) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                String value = decode(pair.substring(equals + 1).replace('+', ' '));
                query.putIfAbsent(decode(pair.substring(0, equals)), value);
            }
        }
        return query;
    }

    /** Percent-decoding to UTF-8; a percent sign that begins no escape stands for itself. */
    static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int length = 0;
        for (int i = 0; i < in.length; i++) {
            int high = in[i] == '%' && i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(in[i + 2], 16);
            out[length++] = low < 0 ? in[i] : (byte) (high << 4 | low);
            i += low < 0 ? 0 : 2;
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }

    /** Base64 of either alphabet, with or without padding, to UTF-8 text; null when it is none. */
    static @Nullable String base64(String text) {
        String plain = text.strip().replace('-', '+').replace('_', '/').replaceAll("=+$", "");
        try {
            return new String(Base64.getDecoder().decode(plain), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
