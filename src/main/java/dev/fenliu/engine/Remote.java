package dev.fenliu.engine;

import dev.fenliu.route.list.ListFormatException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A list that a server keeps for us, of hosts or of nodes: what {@link RemoteLists} must know to keep its copy fresh. */
interface Remote {
    /** How messages call it: {@code rule-set ads}. */
    String what();

    /** Its name in the config. */
    String name();

    /** What messages call its contents: {@code entries}. */
    String contents();

    /** Where it is; empty for what is on this machine. */
    Optional<URI> url();

    /** What the server is told of who asks. */
    String userAgent();

    /**
     * How often it is asked for news.
     *
     * @param said what the server said with the copy
     */
    Duration every(Map<String, String> said);

    /**
     * The outbounds and groups to fetch it through, in the order in which they are tried.
     *
     * @param tunnels those that there are
     */
    List<String> ways(List<String> tunnels);

    /** How much is in it. @throws IOException or ListFormatException if it is no such list; the message says why */
    int count(byte[] content) throws IOException, ListFormatException;

    /** Hands over what is in it, as people read it. @throws IOException or ListFormatException as {@link #count} does */
    void each(byte[] content, Consumer<String> entry) throws IOException, ListFormatException;
}
