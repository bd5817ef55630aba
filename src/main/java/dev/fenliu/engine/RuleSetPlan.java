package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.route.list.ListFormat;
import dev.fenliu.route.list.ListFormatException;
import dev.fenliu.route.list.ListReader;
import dev.fenliu.route.list.TextSink;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A rule-set as the config wants it: exactly one of file, url, built-in name and entries.
 *
 * @param builtIn the name of a list in the jar
 * @param format forced, or recognised from content when null
 * @param code the entry of a file that holds many lists, or empty
 * @param every how often a remote list is asked for news
 * @param via the outbound or group that fetches it
 */
record RuleSetPlan(
        String name,
        Optional<Path> file,
        Optional<URI> url,
        Optional<String> builtIn,
        List<ConfigNode> entries,
        @Nullable ListFormat format,
        String code,
        Duration every,
        String via,
        ConfigNode at)
        implements Remote {
    @Override
    public String what() {
        return "rule-set " + name;
    }

    @Override
    public String contents() {
        return "entries";
    }

    @Override
    public String userAgent() {
        return HttpFetch.USER_AGENT;
    }

    @Override
    public Duration every(Map<String, String> said) {
        return every;
    }

    @Override
    public List<String> ways(List<String> tunnels) {
        return List.of(via);
    }

    @Override
    public int count(byte[] content) throws IOException, ListFormatException {
        return RuleSetSource.count(this, content);
    }

    @Override
    public void each(byte[] content, Consumer<String> entry) throws ListFormatException {
        TextSink sink = (text, line) -> entry.accept(text);
        ListReader.read(content, format, code, sink);
    }
}
