package dev.fenliu.engine;

import dev.fenliu.config.Type;
import dev.fenliu.outbound.History;
import dev.fenliu.state.StateFiles;
import java.io.DataInput;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps on the disk which members groups have chosen, and how the outbounds did, on a thread of its own: the first within
 * ten minutes of a change, the second once an hour, both at the end. Cards that wear out by writing are common.
 */
final class KeptHealth {
    private static final Logger LOG = LoggerFactory.getLogger(KeptHealth.class);
    private static final String SELECTIONS = "selections";
    private static final String HISTORY = "health";
    private static final int VERSION = 1;
    private static final Duration EVERY = Duration.ofMinutes(10);
    private static final int ROUNDS_AN_HOUR = 6;
    private static final int MAX_SELECTIONS = 10_000;

    private final StateFiles state;
    private final Map<String, String> selections;
    private final History history;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread made = new Thread(task, "health");
        made.setDaemon(true);
        return made;
    });
    private Map<String, String> savedSelections;
    private long savedHistory;
    private int rounds;
    private boolean warned;

    /**
     * Takes what was kept; reads the disk.
     *
     * @param selections the chosen member of each group; safe for concurrent use
     */
    KeptHealth(StateFiles state, Map<String, String> selections, History history) {
        this.state = state;
        this.selections = selections;
        this.history = history;
        state.read(SELECTIONS, VERSION, in -> read(in, selections));
        state.read(HISTORY, VERSION, history::load);
        savedSelections = Map.copyOf(selections);
        savedHistory = history.changes();
        thread.scheduleWithFixedDelay(this::round, EVERY.toSeconds(), EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    private static void read(DataInput in, Map<String, String> into) throws IOException {
        Map<String, String> read = new HashMap<>();
        int count = in.readInt();
        if (count < 0 || count > MAX_SELECTIONS) {
            throw new IOException("it has " + count + " selections");
        }
        for (int i = 0; i < count; i++) {
            read.put(in.readUTF(), in.readUTF());
        }
        read.forEach(into::putIfAbsent);
    }

    /** What is done every ten minutes. */
    synchronized void round() {
        save(++rounds % ROUNDS_AN_HOUR == 0);
    }

    /** Writes which members were chosen, as the user has just chosen one. Called on any thread. */
    void soon() {
        try {
            thread.execute(this::saveSelections);
        } catch (RejectedExecutionException e) {
            // closed, which writes them too
        }
    }

    private synchronized void saveSelections() {
        save(false);
    }

    private void save(boolean all) {
        try {
            Map<String, String> now = Map.copyOf(selections);
            if (!now.equals(savedSelections)) {
                state.write(SELECTIONS, VERSION, out -> {
                    out.writeInt(now.size());
                    for (Map.Entry<String, String> entry : now.entrySet()) {
                        out.writeUTF(entry.getKey());
                        out.writeUTF(entry.getValue());
                    }
                });
                savedSelections = now;
            }
            long changes = history.changes();
            if (all && changes != savedHistory) {
                state.write(HISTORY, VERSION, history::save);
                savedHistory = changes;
            }
            warned = false;
        } catch (IOException e) {
            if (!warned) { // once, until it works again
                LOG.warn("how the outbounds did cannot be kept for the next start: {}", Type.reason(e));
                warned = true;
            }
        }
    }

    /** Writes what has changed, and ends. May be called twice. */
    void close() {
        thread.shutdown();
        synchronized (this) {
            save(true);
        }
    }
}
