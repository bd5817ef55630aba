package dev.fenliu.control.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.function.Function;

/**
 * The part of a list that a client wants.
 *
 * @param offset of the first item, from 0
 * @param limit 1 to 1,000 items
 */
public record Page(int offset, int limit) {
    static final int USUAL = 100;
    static final int MOST = 1000;

    /** That part of {@code all}, as lists are answered. */
    public <T> JsonObject of(List<T> all, Function<T, ? extends JsonElement> one) {
        int from = Math.min(offset, all.size());
        List<T> part = all.subList(from, Math.min(all.size(), from + limit));
        return of(all.size(), part, one);
    }

    /**
     * The answer when the part was cut out already.
     *
     * @param total how many there are in all
     * @param part no more than {@link #limit}
     */
    public <T> JsonObject of(long total, List<T> part, Function<T, ? extends JsonElement> one) {
        JsonArray items = new JsonArray();
        part.forEach(item -> items.add(one.apply(item)));
        JsonObject page = new JsonObject();
        page.addProperty("total", total);
        page.addProperty("offset", offset);
        page.add("items", items);
        return page;
    }
}
