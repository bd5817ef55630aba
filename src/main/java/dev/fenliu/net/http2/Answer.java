package dev.fenliu.net.http2;

import dev.fenliu.model.Failure;
import io.netty.handler.codec.http2.Http2Headers;

/** Judges the final response to the request of a stream. Called on the stream's event loop. */
@FunctionalInterface
public interface Answer {
    /** Returns if payload follows. @throws Failure if it does not, with the reason */
    void check(Http2Headers response) throws Failure;

    /** The server has shown that it is there since the request was made; what still takes time is somebody else's. */
    default void reached() {}
}
