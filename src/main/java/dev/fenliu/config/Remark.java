package dev.fenliu.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a problem comes to as data, for who says it in other words than ours.
 *
 * @param code what it is, such as {@code group-empty}; means the same in every version that has it
 * @param about whom or what it is about, by names that the code has
 */
public record Remark(String code, Map<String, String> about) {
    /** Nothing secret, and nothing endless. */
    public Remark {
        Map<String, String> clean = new LinkedHashMap<>();
        about.forEach((name, value) -> clean.put(name, Problem.clean(value)));
        about = Collections.unmodifiableMap(clean);
    }

    /** About nothing in particular. */
    public static Remark of(String code) {
        return new Remark(code, Map.of());
    }

    /** The same about something more. */
    public Remark with(String name, Object value) {
        Map<String, String> more = new LinkedHashMap<>(about);
        more.put(name, value.toString());
        return new Remark(code, more);
    }
}
