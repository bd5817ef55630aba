package dev.fenliu.control.clash;

import com.google.gson.JsonNull;
import com.google.gson.JsonParser;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.state.StateFiles;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code /storage/KEY}: the settings of dashboards, a JSON text of at most 1 MiB a key, for a few keys. No word of a request
 * names a file: files are called by a hash. Touches the disk; used by one thread.
 */
final class Storage {
    static final int MOST_BYTES = 1 << 20;
    private static final int MOST_KEYS = 16;
    private static final int VERSION = 1;
    private static final String KEY = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
    private static final String INDEX = "panels";

    private final StateFiles files;

    Storage(StateFiles files) {
        this.files = files;
    }

    Reply get(Call call) {
        return read(name(call))
                .map(text -> Reply.json(JsonParser.parseString(text)))
                .orElseGet(() -> Reply.json(JsonNull.INSTANCE));
    }

    Reply put(Call call) {
        String name = name(call);
        call.element(); // which refuses what is no JSON
        byte[] text = call.body().getBytes(StandardCharsets.UTF_8);
        if (text.length > MOST_BYTES) {
            return Reply.refusal(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "at most 1 MiB is kept");
        }
        Set<String> names = names();
        if (names.add(name) && names.size() > MOST_KEYS) {
            return Reply.refusal(HttpResponseStatus.INSUFFICIENT_STORAGE, "at most " + MOST_KEYS + " keys are kept");
        }
        return change(() -> {
            write(INDEX, String.join("\n", names).getBytes(StandardCharsets.UTF_8));
            write(name, text);
        });
    }

    Reply delete(Call call) {
        String name = name(call);
        Set<String> names = names();
        return change(() -> {
            if (names.remove(name)) {
                write(INDEX, String.join("\n", names).getBytes(StandardCharsets.UTF_8));
            }
            files.delete(name);
        });
    }

    private interface Change {
        void make() throws IOException;
    }

    private static Reply change(Change change) {
        try {
            change.make();
            return Reply.empty();
        } catch (IOException e) {
            return Reply.refusal(HttpResponseStatus.INTERNAL_SERVER_ERROR, "it cannot be kept: " + e.getMessage());
        }
    }

    /** The files that there are. */
    private Set<String> names() {
        Set<String> names = new TreeSet<>();
        read(INDEX).ifPresent(text -> text.lines().forEach(names::add));
        return names;
    }

    private Optional<String> read(String name) {
        List<String> found = new ArrayList<>(1);
        files.read(name, VERSION, in -> {
            int length = in.readInt();
            if (length < 0 || length > MOST_BYTES) {
                throw new IOException("it is of " + length + " bytes");
            }
            byte[] bytes = new byte[length];
            in.readFully(bytes);
            found.add(new String(bytes, StandardCharsets.UTF_8));
        });
        return found.stream().findFirst();
    }

    private void write(String name, byte[] bytes) throws IOException {
        files.write(name, VERSION, out -> {
            out.writeInt(bytes.length);
            out.write(bytes);
        });
    }

    private static String name(Call call) {
        String key = call.captured("key");
        if (!key.matches(KEY)) {
            throw new BadRequest("a key is up to 64 letters, digits, dots and dashes");
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return INDEX + "-" + HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
