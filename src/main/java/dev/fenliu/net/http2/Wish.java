package dev.fenliu.net.http2;

import dev.fenliu.model.Failure;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.concurrent.Promise;

/**
 * A stream that somebody wants.
 *
 * @param awaited whether the result waits for the answer
 * @param extended whether the request needs extended CONNECT (RFC 8441)
 * @param result gets the stream's channel, or a {@link Failure}, or {@link AnswerReader.Unprocessed}
 */
record Wish(Http2Headers request, Answer answer, boolean awaited, boolean extended, Promise<Channel> result) {
    /** Whether it is a wish no more. */
    boolean over() {
        return result.isDone();
    }
}
