package dev.fenliu.edit;

import dev.fenliu.config.Outline;
import dev.fenliu.edit.YamlEdit.Piece;
import java.util.List;

/** What is to be replaced for an edit of a sequence in brackets, whether it stands in one line or in many. */
record FlowEdit(Lines lines, Outline sequence) {
    /** Puts an item before the one of that index, or behind all. */
    Piece insert(int index, String added) {
        int inside = sequence.start() + 1;
        if (sequence.items().isEmpty()) {
            return new Piece(inside, inside, added);
        }
        if (index == sequence.items().size()) {
            return append(added);
        }
        int start = sequence.items().get(index).start();
        int lineStart = lines.start(start);
        String pad = lines.text().substring(lineStart, start);
        if (!pad.isBlank()) { // behind something else on its line
            return new Piece(start, start, added + ", ");
        }
        int at = lines.aboveComments(lineStart);
        return new Piece(at, at, pad + added + "," + lines.newline());
    }

    /** Behind the last item: on a line of its own, where that one has one. */
    private Piece append(String added) {
        String text = lines.text();
        Outline last = sequence.items().get(sequence.items().size() - 1);
        int behind = behindComma(last);
        String pad = text.substring(lines.start(last.start()), last.start());
        if (!pad.isBlank() || !isRestOfLine(behind)) {
            return new Piece(last.end(), last.end(), ", " + added);
        }
        boolean comma = behind > last.end();
        String rest = text.substring(behind, lines.end(behind));
        return new Piece(
                last.end(),
                lines.end(behind),
                (comma ? text.substring(last.end(), behind) : ",")
                        + rest
                        + lines.newline()
                        + pad
                        + added
                        + (comma ? "," : ""));
    }

    /** Takes an item out; a comment goes with it only from a line that has nothing else. */
    Piece remove(int index) {
        String text = lines.text();
        List<Outline> items = sequence.items();
        Outline item = items.get(index);
        boolean last = index + 1 == items.size();
        int from = lines.start(item.start());
        int behind = behindComma(item);
        int before = index > 0 ? items.get(index - 1).end() : sequence.start() + 1;
        int commaBefore = index > 0 ? behindComma(items.get(index - 1)) : before;
        if (text.substring(from, item.start()).isBlank() && isRestOfLine(behind)) {
            int to = lines.end(behind) + lines.breakAt(lines.end(behind));
            boolean bare = last && behind == item.end(); // then the one before is to end without a comma too
            return bare && commaBefore < from
                    ? new Piece(before, to, text.substring(commaBefore, from))
                    : new Piece(from, to, "");
        }
        String between = text.substring(commaBefore, item.start());
        if (!last) {
            int next = items.get(index + 1).start();
            boolean onward = lines.end(behind) > next;
            boolean blanks = index > 0 && !onward && between.isBlank() && between.indexOf('\n') < 0;
            return new Piece(
                    blanks ? commaBefore : item.start(),
                    onward && text.substring(behind, next).isBlank() ? next : behind,
                    "");
        }
        return index > 0 && between.indexOf('#') < 0
                ? new Piece(before, item.end(), "")
                : new Piece(item.start(), behind, "");
    }

    /** Where an item of a list in brackets ends, with the comma behind it if it has one. */
    private int behindComma(Outline item) {
        String text = lines.text();
        int comma = text.indexOf(',', item.end());
        boolean own = comma >= 0
                && comma < sequence.end()
                && text.substring(item.end(), comma).isBlank();
        return own ? comma + 1 : item.end();
    }

    /** Whether nothing but a comment follows on the line. */
    private boolean isRestOfLine(int at) {
        String rest = lines.text().substring(at, lines.end(at)).strip();
        return rest.isEmpty() || rest.startsWith("#");
    }
}
