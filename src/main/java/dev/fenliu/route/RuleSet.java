package dev.fenliu.route;

import dev.fenliu.config.Problem;
import dev.fenliu.route.list.ListFormatException;
import java.io.IOException;
import java.util.List;

/** A compiled list of hosts and networks that rules refer to. Immutable, pure, safe for concurrent use. */
public final class RuleSet {
    private final String name;
    private final ListSource source;
    private final Matcher matcher;
    private final int entries;
    private final int skipped;
    private final List<Problem> firstSkipped;

    private RuleSet(String name, ListSource source, ListCompiler compiled) {
        this.name = name;
        this.source = source;
        this.matcher = compiled.matcher();
        this.entries = compiled.entries();
        this.skipped = compiled.skipped();
        this.firstSkipped = compiled.firstSkipped();
    }

    /**
     * Reads and compiles a list.
     *
     * @param geo what its lines about countries may ask
     * @throws ListFormatException if it has no good entry; the message is for users
     */
    public static RuleSet load(String name, ListSource source, Geo geo) throws IOException, ListFormatException {
        ListCompiler compiler = new ListCompiler(source.file(), geo);
        source.read(compiler);
        if (compiler.entries() == 0) {
            throw new ListFormatException("no good entry"
                    + (compiler.firstSkipped().isEmpty()
                            ? ""
                            : "; " + compiler.firstSkipped().get(0).message()));
        }
        return new RuleSet(name, source, compiler);
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
        return entries;
    }

    /** Lines that could not be read. */
    public int skipped() {
        return skipped;
    }

    /** The first of the skipped lines, with their places, as warnings. */
    public List<Problem> firstSkipped() {
        return firstSkipped;
    }

    Matcher matcher() {
        return matcher;
    }

    ListSource source() {
        return source;
    }

    @Override
    public String toString() {
        return name + " (" + entries + " entries of " + source.file() + ")";
    }
}
