package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.state.StateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangesTest {
    private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
    private static final Change.Pending WORSE = new Change.Pending(Optional.empty(), true);
    private static final Change.Pending TIMED = new Change.Pending(Optional.of(NOON.plusSeconds(60)), false);

    @TempDir
    private Path folder;

    private Changes open() {
        return new Changes(new StateFiles(folder));
    }

    private static Change change(String summary, Optional<Change.Pending> pending, boolean mends) {
        return new Change(0, NOON, Path.of("/etc/a b/配置.yaml"), summary, pending, mends);
    }

    private static Change plain(String summary) {
        return change(summary, Optional.empty(), false);
    }

    @Test
    void all_of_a_change_is_read_back_whatever_it_waits_for() throws IOException {
        Changes changes = open();
        Changes.Texts texts = new Changes.Texts("before 你好\r\n", "");
        List<Change> made = List.of(
                changes.add(change("one", Optional.of(WORSE), true), texts),
                changes.add(change("two", Optional.of(TIMED), false), texts),
                changes.add(change("", Optional.empty(), true), texts));
        assertThat(made).extracting(Change::id).containsExactly(1L, 2L, 3L);
        assertThat(open().all()).isEqualTo(made);
        assertThat(open().texts(2)).contains(texts);
    }

    @Test
    void two_that_take_turns_count_on_from_each_other() throws IOException {
        Changes one = open();
        Changes other = open();
        Changes.Texts texts = new Changes.Texts("a", "b");
        one.add(plain("first"), texts);
        assertThat(other.add(plain("second"), texts).id()).isEqualTo(2);
        assertThat(other.known()).extracting(Change::summary).containsExactly("first", "second");
        assertThat(one.add(plain("third"), texts).id()).isEqualTo(3);
        assertThat(other.known()).extracting(Change::summary).containsExactly("first", "second");
        assertThat(other.all()).extracting(Change::summary).containsExactly("first", "second", "third");
        one.remove(3);
        assertThat(other.find(3)).isEmpty();
        assertThat(other.texts(3)).isEmpty();
        assertThat(other.add(plain("fourth"), texts).id()).isEqualTo(4);
    }

    @Test
    void beyond_twenty_the_oldest_goes_with_its_texts() throws IOException {
        Changes changes = open();
        for (int i = 1; i <= Changes.KEPT + 2; i++) {
            changes.add(plain("change " + i), new Changes.Texts("a" + i, "b" + i));
        }
        assertThat(changes.all()).hasSize(Changes.KEPT).first().returns(3L, Change::id);
        assertThat(changes.texts(2)).isEmpty();
        assertThat(changes.texts(3)).contains(new Changes.Texts("a3", "b3"));
    }

    @Test
    void what_is_damaged_costs_what_it_held_and_no_more() throws IOException {
        Changes changes = open();
        changes.add(plain("one"), new Changes.Texts("a", "b"));
        changes.add(plain("two"), new Changes.Texts("b", "c"));
        Path texts = file("change-1");
        Files.write(texts, new byte[] {1, 2, 3});
        assertThat(changes.texts(1)).isEmpty();
        assertThat(changes.texts(2)).contains(new Changes.Texts("b", "c"));
        assertThat(changes.all()).hasSize(2);
        Files.write(file("changes"), new byte[40]);
        assertThat(changes.all()).isEmpty();
        assertThat(changes.add(plain("new"), new Changes.Texts("c", "d")).id()).isEqualTo(1);
        assertThat(open().texts(1)).contains(new Changes.Texts("c", "d"));
    }

    private Path file(String name) throws IOException {
        try (java.util.stream.Stream<Path> files = Files.list(folder)) {
            return files.filter(one -> one.getFileName().toString().matches(name + "(\\..*)?"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void a_change_that_is_replaced_keeps_its_place() throws IOException {
        Changes changes = open();
        Changes.Texts texts = new Changes.Texts("a", "b");
        Change first = changes.add(change("one", Optional.of(TIMED), false), texts);
        changes.add(plain("two"), texts);
        changes.replace(first.settled());
        assertThat(open().all()).extracting(Change::id).containsExactly(1L, 2L);
        assertThat(open().find(1)).contains(first.settled());
        changes.replace(plain("nobody").numbered(9));
        assertThat(open().all()).hasSize(2);
    }
}
