package dev.fenliu.app;

import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Where a config and its lists are looked at and changed: by the program that runs with it, or, where none does, here. */
interface Desk extends AutoCloseable {
    /** A rule that is to be added; see {@link dev.fenliu.edit.RuleEdit#rule}. */
    record Wanted(String what, Optional<String> target, Optional<Instant> until, boolean last) {}

    /** The config as it is. */
    record Text(String file, String text, String version) {}

    /**
     * What was done.
     *
     * @param what in words
     * @param change its number; empty when there was nothing to do
     * @param problems of the new text, a line each
     */
    record Done(String what, Optional<Long> change, List<String> problems) {}

    /**
     * A change that was made.
     *
     * @param pending whether it may go back by itself
     */
    record Made(long id, String time, String file, String summary, boolean pending) {}

    /**
     * The rules that contain a text, as the API tells them: {@code {"rule": {"index", "file", "line", "text"}, …}}.
     */
    List<JsonObject> rules(String search) throws Stop, InterruptedException;

    Done add(Wanted wanted) throws Stop, InterruptedException;

    /**
     * Takes a rule out.
     *
     * @param index of a rule of {@link #rules} that says {@code text}
     */
    Done remove(int index, String text) throws Stop, InterruptedException;

    /**
     * Puts something into a list.
     *
     * @param what see {@link dev.fenliu.edit.ListEdit#add}
     */
    Done add(String list, String what) throws Stop, InterruptedException;

    /**
     * Takes something out of a list.
     *
     * @param what see {@link dev.fenliu.edit.ListEdit#remove}
     */
    Done remove(String list, String what) throws Stop, InterruptedException;

    /** The config's text. */
    Text config() throws Stop, InterruptedException;

    /**
     * Writes another text of the config.
     *
     * @param mends whether errors that were there may stay
     */
    Done write(Text old, String text, String summary, boolean mends) throws Stop, InterruptedException;

    /** The last changes, the latest first. */
    List<Made> changes() throws Stop, InterruptedException;

    /** What a change did, in the form of {@code diff -u}; empty when there is none of that number. */
    Optional<String> diff(long change) throws Stop, InterruptedException;

    Done undo(long change) throws Stop, InterruptedException;

    void confirm(long change) throws Stop, InterruptedException;

    @Override
    void close();
}
