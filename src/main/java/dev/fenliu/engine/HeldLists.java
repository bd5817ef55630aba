package dev.fenliu.engine;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** New copies of remote lists that were not taken, since they lost more than half of what is in them. */
public final class HeldLists {
    private HeldLists() {}

    /**
     * Lets what is held back be taken. The running program asks for it within half a minute; what comes then is taken,
     * however little it is.
     *
     * @param name of a subscription or rule-set of the config
     * @param state the folder for what survives a restart
     * @return why each list of that name was held back, by what messages call it; empty if none is
     */
    public static Map<String, String> accept(Config config, String name, Path state) throws IOException {
        ListCache cache = new ListCache(state);
        Map<String, String> accepted = new TreeMap<>();
        for (Remote list : config.remotes()) {
            if (list.name().equals(name) && list.url().isPresent()) {
                Optional<String> why = cache.accept(list.url().get());
                why.ifPresent(text -> accepted.put(list.what(), text));
            }
        }
        return accepted;
    }

    /**
     * What is held back of lists.
     *
     * @param name as for {@link #accept}
     * @return how each that waits differs from the one in force, by what messages call the list; empty where the two could
     *     not be compared
     */
    public static Map<String, Optional<ListDiff>> waiting(Config config, String name, Path state) {
        ListCache cache = new ListCache(state);
        Map<String, Optional<ListDiff>> waiting = new TreeMap<>();
        for (Remote list : config.remotes()) {
            if (list.name().equals(name) && list.url().isPresent()) {
                URI url = list.url().get();
                Optional<ListDiff> diff = cache.diff(url, ListCache.Differing.WAITING);
                if (diff.isPresent() || cache.updates(url).held()) {
                    waiting.put(list.what(), diff);
                }
            }
        }
        return waiting;
    }

    /** How the copy in force differs from the one before it, and the one that waits from that in force. */
    public record Diffs(Optional<ListDiff> change, Optional<ListDiff> waiting) {}

    /** Those of one list, as messages call it; empty if there is no such list with a URL. */
    static Optional<Diffs> diffs(Config config, String what, Path state) {
        ListCache cache = new ListCache(state);
        return config.remotes().stream()
                .filter(list -> list.what().equals(what))
                .findFirst()
                .flatMap(Remote::url)
                .map(url -> new Diffs(
                        cache.diff(url, ListCache.Differing.CHANGE), cache.diff(url, ListCache.Differing.WAITING)));
    }

    /** The names of lists that are kept for us elsewhere. */
    public static List<String> names(Config config) {
        return config.remotes().stream()
                .filter(list -> list.url().isPresent())
                .map(Remote::name)
                .toList();
    }
}
