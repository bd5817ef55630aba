package dev.fenliu.route;

import dev.fenliu.config.Problem;
import dev.fenliu.route.list.PackedNames;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a list was compiled to.
 *
 * @param entries the good ones
 * @param skipped lines that could not be read
 * @param names of a list that has nothing else, and no bad line
 * @param few all its names as text, of a list that has nothing else and is short; null for others
 */
record CompiledList(
        Matcher matcher,
        int entries,
        int skipped,
        List<Problem> firstSkipped,
        Optional<PackedNames> names,
        @Nullable NameList few) {
    static CompiledList of(PackedNames names, @Nullable NameList few) {
        Matcher matcher = Compiler.onName(names.names()::contains);
        return new CompiledList(matcher, names.entries(), 0, List.of(), Optional.of(names), few);
    }
}
