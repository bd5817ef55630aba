package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.InputFile;
import dev.fenliu.config.Key;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.config.YamlReader;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The users of a tunnel's server end in a file of their own, which {@code fenliu pair} writes and a person may edit: a
 * mapping of names. Whoever has a code and no key yet may do nothing but exchange it, under a login of its own, so that
 * a code that was used can be told from one that never was. Immutable.
 *
 * @param users by name
 */
public record UserFile(Path file, Map<String, User> users) {
    /** What a login by code begins with; no user is called so. */
    public static final String PAIRING = "pair/";

    /** How many flows a limit may allow. */
    public static final int MOST_FLOWS = 1_000_000;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,31}");

    private static final Key<Secret> KEY = Key.optional("password", Type.SECRET, "The lasting password.");
    private static final Key<Secret> CODE =
            Key.optional("pairing-password", Type.SECRET, "What a pairing string holds, for one use.");
    private static final Key<Instant> UNTIL =
            Key.optional("until", Type.scalar("a point of time in UTC", UserFile::instant), "When the code lapses.");
    private static final Key<String> USED = Key.optional("used", Type.TEXT, "When and from where the code was used.");
    private static final Key<Long> TRAFFIC =
            Key.optional("traffic", Type.SIZE, "How much a calendar month (UTC) may have, both ways together.");
    private static final Key<Integer> FLOWS =
            Key.optional("flows", Type.integer(1, MOST_FLOWS), "How many may be open at once.");
    private static final List<Key<?>> KEYS = List.of(KEY, CODE, UNTIL, USED, TRAFFIC, FLOWS);

    /**
     * A user.
     *
     * @param key absent until the code was exchanged for one
     * @param code that of the latest pairing string; stays when it was used, so that a second use can be told
     * @param until when the code lapses if nobody uses it
     * @param used when and from where it was used; empty for one that is still good
     * @param traffic bytes a calendar month may have; 0 for no limit
     * @param flows how many may be open at once; 0 for no limit
     */
    public record User(
            Optional<Secret> key,
            Optional<Secret> code,
            Optional<Instant> until,
            Optional<String> used,
            long traffic,
            int flows) {}

    public UserFile {
        users = java.util.Collections.unmodifiableMap(new TreeMap<>(users));
    }

    /** Whether a user may be called so. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /**
     * Reads a file; null when a problem was reported.
     *
     * @throws IOException if it cannot be read, or others of this machine can
     */
    public static @Nullable UserFile read(Path file, Problems problems) throws IOException {
        String text = InputFile.text(file);
        if (SecretFiles.isReadableByOthers(file)) {
            throw new IOException("other users of this machine can read it: chmod 600 " + file);
        }
        Path folder = file.toAbsolutePath().getParent();
        ConfigNode root = YamlReader.read(file.toString(), folder == null ? Path.of("") : folder, text, problems);
        if (root == null) {
            return null;
        }
        if (root.kind() != ConfigNode.Kind.MAPPING && root.kind() != ConfigNode.Kind.NULL) {
            problems.error(
                    root,
                    "the users must be a mapping of names, not " + root.kind().words());
            return null;
        }
        int before = problems.size();
        Map<String, User> users = new LinkedHashMap<>();
        for (ConfigNode.Entry entry : root.entries()) {
            String name = entry.key().text();
            if (!isName(name)) {
                problems.error(entry.key(), "user name \"" + name + "\" (expected: up to 32 of a-z, A-Z, 0-9, . _ -)");
            } else if (users.containsKey(name)) {
                problems.error(entry.key(), "two users are called \"" + name + "\"");
            }
            Section section = Section.open(entry.value(), "user \"" + name + "\"", KEYS, problems);
            if (section != null) {
                users.put(name, user(section));
            }
        }
        return problems.size() == before ? new UserFile(file, users) : null;
    }

    private static User user(Section section) {
        Long traffic = section.get(TRAFFIC);
        Integer flows = section.get(FLOWS);
        return new User(
                Optional.ofNullable(section.get(KEY)),
                Optional.ofNullable(section.get(CODE)),
                Optional.ofNullable(section.get(UNTIL)),
                Optional.ofNullable(section.get(USED)),
                traffic == null ? 0 : traffic,
                flows == null ? 0 : flows);
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("\"" + text + "\" (expected: a time such as 2026-01-31T12:00:00Z)", e);
        }
    }

    /** Logins and passwords, one that nobody knows while there are no others: by key under the user's name, by code under {@link #PAIRING} and the name. */
    Map<String, Secret> logins() {
        Map<String, Secret> logins = new TreeMap<>();
        users.forEach((name, user) -> {
            user.key().ifPresent(key -> logins.put(name, key));
            user.code().ifPresent(code -> logins.put(PAIRING + name, code));
        });
        if (logins.isEmpty()) {
            byte[] random = new byte[32];
            new SecureRandom().nextBytes(random);
            logins.put(PAIRING, new Secret(Base64.getEncoder().encodeToString(random)));
        }
        return logins;
    }

    /** The same as text, as {@link #read} takes it. It holds the secrets. */
    public String text() {
        StringBuilder text = new StringBuilder("# Who may use this server. `fenliu pair` writes this file; what is"
                + " saved here takes effect at once.\n# traffic: 200GB limits a month, flows: 500 what is open at"
                + " once.\n");
        users.forEach((name, user) -> {
            text.append('"').append(name).append("\": {");
            user.key().ifPresent(key -> field(text, "password", key.value()));
            user.code().ifPresent(code -> field(text, "pairing-password", code.value()));
            user.until().ifPresent(until -> field(text, "until", until.toString()));
            user.used().ifPresent(used -> field(text, "used", used));
            if (user.traffic() > 0) {
                field(text, "traffic", size(user.traffic()));
            }
            if (user.flows() > 0) {
                field(text, "flows", Integer.toString(user.flows()));
            }
            text.append("}\n");
        });
        return text.toString();
    }

    private static void field(StringBuilder text, String key, String value) {
        if (text.charAt(text.length() - 1) != '{') {
            text.append(", ");
        }
        text.append(key).append(": \"");
        text.append(value.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
    }

    /** In the largest unit that divides it, as the parser takes at most nine digits. */
    private static String size(long bytes) {
        String units = " KMG";
        int unit = 0;
        long number = bytes;
        while (unit < 3 && number % 1024 == 0) {
            number /= 1024;
            unit++;
        }
        return number + (unit == 0 ? "B" : units.charAt(unit) + "B");
    }
}
