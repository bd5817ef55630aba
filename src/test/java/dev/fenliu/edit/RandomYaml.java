package dev.fenliu.edit;

import java.util.Random;

/** Writes YAML as people do: blocks and brackets, quotes, comments and blank lines at random. */
final class RandomYaml {
    private static final String[] WORDS = {
        "a", "example.org", "10.0.0.0/8", "\"q: \\\" x\"", "'it''s'", "80", "你好", "\"😀 - x\"", "1:30", "~", "+.b", "-x"
    };

    private final Random random;
    private final StringBuilder out = new StringBuilder();
    private int names;

    RandomYaml(Random random) {
        this.random = random;
    }

    String text() {
        gap(0);
        mapping(0, 0);
        gap(0);
        return out.toString();
    }

    private void mapping(int indent, int depth) {
        for (int i = 0, n = 1 + random.nextInt(3); i < n; i++) {
            if (i > 0 || depth == 0) {
                gap(indent);
                pad(indent);
            }
            out.append("k").append(names++).append(":");
            value(indent, depth);
        }
    }

    private void value(int indent, int depth) {
        int kind = random.nextInt(depth > 3 ? 3 : 7);
        if (kind == 0 && random.nextBoolean()) {
            end();
        } else if (kind < 2) {
            out.append(' ').append(word());
            end();
        } else if (kind == 2) {
            out.append(' ');
            flow(0);
            end();
        } else if (kind == 3) {
            end();
            gap(indent + 2);
            pad(indent + 2);
            mapping(indent + 2, depth + 1);
        } else if (kind == 4 && random.nextInt(4) == 0) {
            out.append(" |\n");
            pad(indent + 4);
            out.append("some text\n");
            pad(indent + 4);
            out.append("more\n");
        } else {
            end();
            sequence(random.nextBoolean() ? indent + 2 : indent, depth + 1);
        }
    }

    private void sequence(int indent, int depth) {
        for (int i = 0, n = 1 + random.nextInt(3); i < n; i++) {
            gap(indent);
            pad(indent);
            int kind = random.nextInt(depth > 3 ? 2 : 3);
            out.append("- ");
            if (kind == 0) {
                out.append(word());
                end();
            } else if (kind == 1) {
                flow(0);
                end();
            } else {
                mapping(indent + 2, depth + 1);
            }
        }
    }

    private void flow(int depth) {
        boolean list = random.nextBoolean();
        out.append(list ? '[' : '{');
        int n = random.nextInt(4);
        for (int i = 0; i < n; i++) {
            out.append(i == 0 ? "" : random.nextBoolean() ? ", " : ",  ");
            if (!list) {
                out.append("k").append(names++).append(": ");
            }
            if (depth < 2 && random.nextInt(3) == 0) {
                flow(depth + 1);
            } else {
                out.append(word());
            }
        }
        out.append(list ? ']' : '}');
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    private void pad(int indent) {
        out.append(" ".repeat(indent));
    }

    private void end() {
        out.append(random.nextInt(4) == 0 ? "   # behind " + names++ : "").append('\n');
    }

    private void gap(int indent) {
        for (int i = random.nextInt(3); i > 0; i--) {
            if (random.nextBoolean()) {
                pad(indent);
                out.append("# comment ").append(names++);
            }
            out.append('\n');
        }
    }
}
