package dev.fenliu.route;

import dev.fenliu.config.Problem;
import dev.fenliu.route.list.ListFormatException;
import dev.fenliu.route.list.ListSink;
import dev.fenliu.route.list.PackedNames;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A compiled list of hosts and networks that rules refer to. Immutable, pure, safe for concurrent use. */
public final class RuleSet {
    private final String name;
    private final ListSource source;
    private final CompiledList list;

    private RuleSet(String name, ListSource source, CompiledList list) {
        this.name = name;
        this.source = source;
        this.list = list;
    }

    /**
     * Reads and compiles a list.
     *
     * @param geo what its lines about countries may ask
     * @throws ListFormatException if it has no good entry; the message is for users
     */
    public static RuleSet load(String name, ListSource source, Geo geo) throws IOException, ListFormatException {
        return load(name, source, source, geo);
    }

    /**
     * Compiles a list as it is at this moment.
     *
     * @param now is read here, and let go
     * @param source is read again by explanations
     * @throws ListFormatException if it has no good entry; the message is for users
     */
    public static RuleSet load(String name, ListSource now, ListSource source, Geo geo)
            throws IOException, ListFormatException {
        ListCompiler compiler = new ListCompiler(source.file(), geo);
        now.read(compiler);
        if (compiler.entries() == 0) {
            throw new ListFormatException("no good entry"
                    + (compiler.firstSkipped().isEmpty()
                            ? ""
                            : "; " + compiler.firstSkipped().get(0).message()));
        }
        return new RuleSet(name, source, compiler.list());
    }

    /** The list that was compiled before, of the text that the source has. */
    public static RuleSet of(String name, ListSource source, PackedNames names) {
        return new RuleSet(name, source, CompiledList.of(names, null));
    }

    /** What can be kept of it for {@link #of}: there if it has nothing but names, and no bad line. */
    public Optional<PackedNames> names() {
        return list.names();
    }

    /** The name that rules use. */
    public String name() {
        return name;
    }

    /** Where it is from. */
    public String file() {
        return source.file();
    }

    /** Good entries. */
    public int entries() {
        return list.entries();
    }

    /** Lines that could not be read. */
    public int skipped() {
        return list.skipped();
    }

    /** The first of the skipped lines, with their places, as warnings. */
    public List<Problem> firstSkipped() {
        return list.firstSkipped();
    }

    /** All its names, if it has nothing else and they are few. */
    @Nullable
    NameList few() {
        return list.few();
    }

    /** Reads its entries once more, from where it is from. */
    public void read(ListSink sink) throws IOException, ListFormatException {
        source.read(sink);
    }

    Matcher matcher() {
        return list.matcher();
    }

    ListSource source() {
        return source;
    }

    @Override
    public String toString() {
        return name + " (" + list.entries() + " entries of " + source.file() + ")";
    }
}
