package dev.fenliu.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The text of a file as its messages need it: its name as the user gave it, its folder, and its lines. */
record SourceFile(String name, Path folder, List<String> lines) {
    static SourceFile of(String name, Path folder, String text) {
        return new SourceFile(name, folder, List.of(text.split("\r\n|\r|\n", -1)));
    }

    @Nullable
    String line(int number) {
        return number < 1 || number > lines.size() ? null : lines.get(number - 1);
    }
}
