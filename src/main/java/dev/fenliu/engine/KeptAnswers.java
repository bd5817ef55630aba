package dev.fenliu.engine;

import dev.fenliu.dns.AnswerCache;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/** What is done to the answers of resolvers as a whole, on a thread of its own: walks over them take a while. */
final class KeptAnswers {
    private final AnswerCache cache;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
        Thread made = new Thread(task, "answers");
        made.setDaemon(true);
        return made;
    });

    KeptAnswers(AnswerCache cache) {
        this.cache = cache;
    }

    /**
     * Forgets the answers that came in the plain about names which the new rules no longer send there.
     *
     * @param then called on any thread when that is done
     */
    void sweep(Generation next, Runnable then) {
        try {
            thread.execute(() -> {
                cache.forgetPlain(name -> Routing.asksPlainly(next, name));
                then.run();
            });
        } catch (RejectedExecutionException e) {
            then.run(); // the program ends
        }
    }

    void close() {
        thread.shutdown();
    }
}
