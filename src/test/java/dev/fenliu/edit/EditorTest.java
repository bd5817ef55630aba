package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.config.Position;
import dev.fenliu.config.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EditorTest {
    private static final Change.Pending A_MINUTE =
            new Change.Pending(Optional.of(Instant.parse("2026-11-26T12:01:00Z")), false);

    @TempDir
    private Path folder;

    private Path file;
    private Instant now = Instant.parse("2026-11-26T12:00:00Z");
    private Optional<Editor.Refusal> refusal = Optional.empty();
    private Runnable whileChecked = () -> {};
    private final List<String> inForce = new ArrayList<>();
    private Editor editor;

    private final Editor.Program program = new Editor.Program() {
        @Override
        public List<Problem> check(Path checked, String text) {
            whileChecked.run();
            return text.contains("bad")
                    ? List.of(new Problem(
                            Problem.Severity.ERROR, new Position(checked.toString(), 2, 1), "bad", null, null))
                    : List.of();
        }

        @Override
        public Optional<Editor.Refusal> reload() {
            inForce.add(text());
            return refusal;
        }
    };

    @BeforeEach
    void begin() throws IOException {
        file = folder.resolve("config.yaml");
        Files.writeString(file, "1\n2\n3\n4\n5\n");
        editor = started();
    }

    private Editor started() {
        InstantSource dates = () -> now;
        return new Editor(folder.resolve("state"), dates, program, "first\n");
    }

    private String text() {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Editor.Saved save(String text) throws EditRefused {
        return save(text, Optional.empty());
    }

    private Editor.Saved save(String text, Optional<Change.Pending> pending) throws EditRefused {
        return editor.save(new Editor.Edit(file, Optional.of(Editor.version(text())), text, "an edit", pending));
    }

    private void watch() {
        editor.watch(new Vigil.Sample(System.nanoTime(), 0, 0, Set.of("vps"), Set.of()));
    }

    @Test
    void an_edit_is_written_brought_into_force_and_kept() throws EditRefused, IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Editor.Saved saved = save("1\nX\n3\n4\n5\n");
        assertThat(inForce).containsExactly("1\nX\n3\n4\n5\n");
        assertThat(saved.version()).isEqualTo(Editor.version(text()));
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
        assertThat(editor.changes()).singleElement().satisfies(change -> {
            assertThat(change.summary()).isEqualTo("an edit");
            assertThat(change.time()).isEqualTo(now);
            assertThat(editor.diff(change.id())).contains("-2\n+X\n");
        });
        try (Stream<Path> kept = Files.list(folder.resolve("state"))) {
            for (Path one : kept.toList()) {
                assertThat(Files.getPosixFilePermissions(one)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
            }
        }
        assertThat(save(text()).change()).isEmpty();
        assertThat(editor.changes()).hasSize(1);
    }

    @Test
    void a_link_stays_and_the_file_behind_it_changes() throws EditRefused, IOException {
        Path link = folder.resolve("link.yaml");
        Files.createSymbolicLink(link, file);
        editor.save(new Editor.Edit(link, Optional.empty(), "new\n", "an edit", Optional.empty()));
        assertThat(link).isSymbolicLink();
        assertThat(text()).isEqualTo("new\n");
        assertThat(editor.changes().get(0).file()).isEqualTo(file.toRealPath());
    }

    @Test
    void a_bad_text_is_mended_step_by_step_and_can_be_had_back() throws EditRefused, IOException {
        Files.writeString(file, "bad\n2\nbad\n");
        Editor.Edit half = new Editor.Edit(file, Optional.empty(), "1\n2\nbad\n", "mended", Optional.of(A_MINUTE));
        long first = editor.mend(half).change().orElseThrow().id();
        assertThat(text()).isEqualTo("1\n2\nbad\n");
        assertThat(inForce).as("it has errors still").isEmpty();
        assertThat(editor.changes().get(0).pending()).isEmpty();
        Editor.Edit whole = new Editor.Edit(file, Optional.empty(), "1\n2\n3\n", "mended", Optional.empty());
        assertThat(editor.mend(whole).problems()).isEmpty();
        assertThat(inForce).containsExactly("1\n2\n3\n");
        editor = started();
        long undo =
                editor.undo(first + 1, Optional.empty()).change().orElseThrow().id();
        assertThat(text()).isEqualTo("1\n2\nbad\n");
        editor.undo(undo, Optional.empty());
        assertThat(inForce).containsExactly("1\n2\n3\n", "1\n2\n3\n");
        editor.undo(undo + 1, Optional.empty());
        assertThat(text()).isEqualTo("1\n2\nbad\n");
        Files.writeString(file, "1\n2\n3\n");
        assertThatThrownBy(() -> editor.mend(half)).hasMessageContaining("the new text has errors");
    }

    @Test
    void the_undo_of_what_made_a_file_writes_what_held_without_it() throws EditRefused, IOException {
        Files.delete(file);
        long made = editor.save(new Editor.Edit(
                        file, Optional.of(Editor.version("")), "first\nmore\n", "made", Optional.empty()))
                .change()
                .orElseThrow()
                .id();
        assertThat(editor.diff(made)).contains("+more").doesNotContain("+first");
        editor.undo(made, Optional.empty());
        assertThat(text()).isEqualTo("first\n");
    }

    @Test
    void what_could_not_be_written_is_no_change() throws IOException {
        whileChecked = () -> { // where the new text would be made, there is a folder now
            try {
                Files.createDirectories(folder.resolve("config.yaml.part/full"));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };
        assertThatThrownBy(() -> save("1\n")).isInstanceOfSatisfying(EditRefused.class, e -> {
            assertThat(e.kind()).isEqualTo(EditRefused.Kind.UNWRITABLE);
            assertThat(e).hasMessageContaining("cannot write").hasMessageEndingWith("; nothing was changed");
        });
        assertThat(text()).isEqualTo("1\n2\n3\n4\n5\n");
        assertThat(editor.changes()).isEmpty();
    }

    @Test
    void a_text_with_errors_is_not_written() {
        assertThatThrownBy(() -> save("1\nbad\n")).isInstanceOfSatisfying(EditRefused.class, e -> {
            assertThat(e.kind()).isEqualTo(EditRefused.Kind.REJECTED);
            assertThat(e.problems())
                    .singleElement()
                    .satisfies(one -> assertThat(one.position().line()).isEqualTo(2));
        });
        untouched();
        assertThat(inForce).isEmpty();
    }

    private void untouched() {
        assertThat(text()).isEqualTo("1\n2\n3\n4\n5\n");
        assertThat(editor.changes()).isEmpty();
    }

    @Test
    void a_text_that_the_program_does_not_take_goes_back() {
        refusal = Optional.of(new Editor.Refusal("port 1 is taken", List.of()));
        assertThatThrownBy(() -> save("x\n"))
                .isInstanceOf(EditRefused.class)
                .hasMessage("port 1 is taken; the file is as it was");
        assertThat(inForce).containsExactly("x\n");
        untouched();
    }

    @Test
    void a_file_that_has_changed_meanwhile_is_a_conflict() throws IOException {
        String version = Editor.version(text());
        Files.writeString(file, "by hand\n");
        assertThatThrownBy(() ->
                        editor.save(new Editor.Edit(file, Optional.of(version), "x\n", "an edit", Optional.empty())))
                .isInstanceOfSatisfying(
                        EditRefused.class, e -> assertThat(e.kind()).isEqualTo(EditRefused.Kind.CONFLICT));
        whileChecked = () -> {
            try {
                Files.writeString(file, "by hand, while it was checked\n");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };
        assertThatThrownBy(() -> save("x\n"))
                .isInstanceOfSatisfying(
                        EditRefused.class, e -> assertThat(e.kind()).isEqualTo(EditRefused.Kind.CONFLICT));
        assertThat(text()).isEqualTo("by hand, while it was checked\n");
        assertThat(editor.changes()).as("what was not written is no change").isEmpty();
    }

    @Test
    void of_edits_of_the_same_text_at_once_one_is_made_and_the_others_are_conflicts() throws Exception {
        String version = Editor.version(text());
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> edits = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String edited = "by " + i + "\n";
                edits.add(threads.submit(() -> {
                    try {
                        editor.save(new Editor.Edit(
                                file, Optional.of(version), edited, "by one of many", Optional.empty()));
                        return true;
                    } catch (EditRefused e) {
                        assertThat(e.kind()).isEqualTo(EditRefused.Kind.CONFLICT);
                        return false;
                    }
                }));
            }
            int made = 0;
            for (Future<Boolean> edit : edits) {
                made += edit.get() ? 1 : 0;
            }
            assertThat(made).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
        assertThat(inForce).containsExactly(text());
        assertThat(editor.changes()).hasSize(1);
    }

    @Test
    void an_edit_of_whatever_is_there_asks_for_no_version() throws EditRefused {
        editor.save(new Editor.Edit(file, Optional.empty(), "new\n", "an edit", Optional.empty()));
        assertThat(text()).isEqualTo("new\n");
    }

    @Test
    void an_undo_can_be_undone() throws EditRefused {
        long id = save("1\nX\n3\n4\n5\n").change().orElseThrow().id();
        long undo = editor.undo(id, Optional.empty()).change().orElseThrow().id();
        assertThat(text()).isEqualTo("1\n2\n3\n4\n5\n");
        editor.undo(undo, Optional.empty());
        assertThat(text()).isEqualTo("1\nX\n3\n4\n5\n");
        assertThat(editor.changes()).hasSize(3);
    }

    @Test
    void an_undo_keeps_later_edits_of_other_lines_and_refuses_those_of_the_same() throws EditRefused, IOException {
        long id = save("1\nX\n3\n4\n5\n").change().orElseThrow().id();
        Files.writeString(file, "1\nX\n3\n4\n5 by hand\n");
        editor.undo(id, Optional.empty());
        assertThat(text()).isEqualTo("1\n2\n3\n4\n5 by hand\n");
        long next = save("1\nY\n3\n4\n5\n").change().orElseThrow().id();
        Files.writeString(file, "1\nY by hand\n3\n4\n5\n");
        assertThatThrownBy(() -> editor.undo(next, Optional.empty())).isInstanceOfSatisfying(EditRefused.class, e -> {
            assertThat(e.kind()).isEqualTo(EditRefused.Kind.CONFLICT);
            assertThat(e.getMessage()).contains("edited since at the same lines as by change 3 (line 2 then)");
        });
        assertThat(text()).isEqualTo("1\nY by hand\n3\n4\n5\n");
    }

    @Test
    void the_last_twenty_are_kept_over_restarts() throws EditRefused {
        for (int i = 0; i < 25; i++) {
            save("text " + i + "\n");
        }
        editor = started();
        assertThat(editor.changes()).hasSize(20);
        assertThat(editor.changes().get(0).id()).isEqualTo(25);
        assertThatThrownBy(() -> editor.undo(5, Optional.empty())).hasMessageContaining("there is no change 5");
        editor.undo(25, Optional.empty());
        assertThat(text()).isEqualTo("text 23\n");
    }

    @Test
    void what_is_not_confirmed_in_time_goes_back() throws EditRefused {
        long id = save("x\n", Optional.of(A_MINUTE)).change().orElseThrow().id();
        now = now.plusSeconds(59);
        watch();
        assertThat(text()).isEqualTo("x\n");
        now = now.plusSeconds(1);
        watch();
        assertThat(text()).isEqualTo("1\n2\n3\n4\n5\n");
        assertThat(inForce).containsExactly("x\n", text());
        assertThat(editor.news())
                .singleElement()
                .satisfies(text -> assertThat(text).endsWith("went back by itself: it was not confirmed in time"));
        assertThat(editor.changes().get(0).summary()).isEqualTo("went back: " + id + ": it was not confirmed in time");
        assertThatThrownBy(() -> editor.confirm(id)).hasMessageContaining("waits for nothing");
        watch();
        assertThat(editor.changes()).hasSize(2);
    }

    @Test
    void what_is_confirmed_stays() throws EditRefused {
        long id = save("x\n", Optional.of(A_MINUTE)).change().orElseThrow().id();
        assertThat(editor.confirm(id).pending()).isEmpty();
        now = now.plusSeconds(3_600);
        watch();
        assertThat(text()).isEqualTo("x\n");
    }

    @Test
    void what_was_not_confirmed_before_the_program_ended_goes_back_when_it_starts() throws EditRefused {
        save("x\n", Optional.of(A_MINUTE));
        editor = started();
        watch();
        assertThat(text()).isEqualTo("x\n");
        now = now.minusSeconds(3_600_000); // a machine without a clock of its own
        editor = started();
        watch();
        assertThat(text()).isEqualTo("1\n2\n3\n4\n5\n");
    }

    @Test
    void what_makes_things_worse_goes_back_if_that_is_wanted() throws EditRefused {
        editor.watch(new Vigil.Sample(System.nanoTime(), 100, 0, Set.of("vps"), Set.of()));
        save("x\n", Optional.of(new Change.Pending(Optional.empty(), true)));
        editor.watch(new Vigil.Sample(System.nanoTime(), 109, 9, Set.of("vps"), Set.of()));
        assertThat(text()).isEqualTo("x\n");
        editor.watch(new Vigil.Sample(System.nanoTime(), 110, 9, Set.of("vps"), Set.of()));
        assertThat(text()).isEqualTo("1\n2\n3\n4\n5\n");
        assertThat(editor.news().get(0)).endsWith("9 of 10 flows failed since, 0 of 0 before");
    }

    @Test
    void what_made_nothing_worse_for_a_minute_stays() throws EditRefused {
        watch();
        save("x\n", Optional.of(new Change.Pending(Optional.empty(), true)));
        boolean waits =
                editor.watch(new Vigil.Sample(System.nanoTime() + 61_000_000_000L, 0, 0, Set.of("vps"), Set.of()));
        assertThat(waits).isFalse();
        assertThat(editor.changes().get(0).pending()).isEmpty();
    }

    @Test
    void what_cannot_go_back_since_it_was_edited_says_so_and_stays() throws EditRefused, IOException {
        save("x\n", Optional.of(A_MINUTE));
        Files.writeString(file, "x by hand\n");
        now = now.plusSeconds(61);
        watch();
        assertThat(text()).isEqualTo("x by hand\n");
        assertThat(editor.news().get(0)).contains("was to go back by itself").contains("edited since");
        assertThat(editor.changes())
                .singleElement()
                .satisfies(change -> assertThat(change.pending()).isEmpty());
    }
}
