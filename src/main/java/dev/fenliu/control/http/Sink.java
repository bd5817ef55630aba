package dev.fenliu.control.http;

import com.google.gson.JsonElement;
import io.netty.channel.EventLoop;

/** Where a {@link Feed} goes. Safe for concurrent use. */
public interface Sink {
    /**
     * Sends a text. What a client does not read in time is kept up to 1 MiB; a client that has fallen behind by more is
     * let go, and learns the state of things anew when it comes back.
     */
    void send(JsonElement text);

    /** Whether the client keeps up; a feed whose texts replace each other leaves out what one does not that does not. */
    boolean isWritable();

    /** Ends the feed. */
    void end();

    /** The client's. */
    EventLoop loop();
}
