package dev.fenliu.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a secret where it stands or where {@code ${env:NAME}} or {@code ${file:PATH}} says that it is. */
final class SecretReference {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)}");

    private SecretReference() {}

    /** Null when there is none, which is reported. */
    static @Nullable Secret read(ConfigNode node, String what, Problems problems) {
        if (node.kind() != ConfigNode.Kind.SCALAR || node.text().isEmpty()) {
            boolean empty = node.kind() == ConfigNode.Kind.SCALAR || node.kind() == ConfigNode.Kind.NULL;
            String is = empty ? " is empty" : " is " + node.kind().words();
            problems.error(node, what + is + " (expected: text, ${env:NAME} or ${file:PATH})");
            return null;
        }
        Matcher matcher = REFERENCE.matcher(node.text());
        if (!matcher.matches()) {
            if (node.text().startsWith("${")) {
                problems.error(node, what + ": a reference is written ${env:NAME} or ${file:PATH}");
                return null;
            }
            return new Secret(node.text());
        }
        String name = matcher.group(2);
        String found;
        if (matcher.group(1).equals("env")) {
            found = System.getenv(name);
            if (found == null) {
                problems.error(node, what + ": the environment has no variable " + name);
                return null;
            }
        } else {
            Path file = Type.path(node, name, what, problems);
            if (file == null) {
                return null;
            }
            try {
                found = InputFile.text(file).lines().findFirst().orElse("");
            } catch (IOException e) {
                problems.error(node, what + ": cannot read the file " + name, Type.reason(e));
                return null;
            }
        }
        if (found.isEmpty()) {
            problems.error(node, what + ": " + name + " is empty");
            return null;
        }
        return new Secret(found);
    }
}
