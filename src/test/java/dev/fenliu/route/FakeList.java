package dev.fenliu.route;

import dev.fenliu.route.list.EntryKind;
import dev.fenliu.route.list.ListSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** A list that tests fill by hand. */
final class FakeList implements ListSource {
    private record Item(boolean except, EntryKind kind, String value, int line) {}

    private final List<Item> items = new ArrayList<>();
    private final Map<Integer, String> text = new HashMap<>();
    private int reads;

    FakeList add(EntryKind kind, String value, int line) {
        return add(false, kind, value, line);
    }

    FakeList add(boolean except, EntryKind kind, String value, int line) {
        items.add(new Item(except, kind, value, line));
        return this;
    }

    FakeList line(int number, String line) {
        text.put(number, line);
        return this;
    }

    int reads() {
        return reads;
    }

    @Override
    public String file() {
        return "list.txt";
    }

    @Override
    public void read(ListSink sink) {
        reads++;
        for (Item item : items) {
            if (item.except) {
                sink.except(item.kind, item.value, item.line);
            } else {
                sink.entry(item.kind, item.value, item.line);
            }
        }
    }

    @Override
    public IntFunction<String> lines() {
        return number -> text.getOrDefault(number, "");
    }
}
