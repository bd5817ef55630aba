package dev.fenliu.tunnel.https2;

import dev.fenliu.inbound.InboundStream;
import dev.fenliu.inbound.http.Reply;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import dev.fenliu.net.EndOfStream;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/** A CONNECT request that waits for its answer (RFC 9113 section 8.5). */
record ConnectStream(Flow flow, Channel channel) implements InboundStream {
    @Override
    public void accept() {
        channel.writeAndFlush(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200"), false));
    }

    @Override
    public void refuse(Failure failure) {
        refuse(channel, failure);
    }

    /** Answers with what the failure means, and ends the stream. */
    static void refuse(Channel stream, Failure failure) {
        Reply reply = Reply.of(failure);
        end(stream, reply.status(), reply.proxyStatus(), reply.plainText());
    }

    /** Answers that the request itself is wrong, and ends the stream. */
    static void refuse(Channel stream, int status, @Nullable String why) {
        end(stream, status, "fenliu; error=http_request_error", status + "\n" + why + "\n");
    }

    private static void end(Channel stream, int status, String proxyStatus, String text) {
        Http2Headers headers = new DefaultHttp2Headers()
                .status(Integer.toString(status))
                .set("proxy-status", proxyStatus)
                .set("content-type", "text/plain; charset=utf-8");
        stream.write(new DefaultHttp2HeadersFrame(headers, false));
        stream.write(ByteBufUtil.writeUtf8(stream.alloc(), text));
        stream.writeAndFlush(EndOfStream.INSTANCE).addListener(sent -> stream.close());
    }
}
