package dev.fenliu.dns;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.util.concurrent.Promise;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/** One query over one HTTP/2 stream (RFC 8484 section 4). Collects at most the 65535 bytes of a DNS message. */
final class HttpsExchange extends SimpleChannelInboundHandler<Http2StreamFrame> {
    private static final String MEDIA_TYPE = "application/dns-message";
    private static final String NO_STATUS = "HTTP no status";
    private static final int MAX_MESSAGE = 65_535;

    /** RFC 8484 section 4.1: the same id always, so that HTTP caches can help. */
    private static final int ID = 0;

    private final Query query;
    private final Promise<byte[]> answer;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(512);
    private boolean answered;

    HttpsExchange(Query query, Promise<byte[]> answer) {
        this.query = query;
        this.answer = answer;
    }

    /** Writes the request to a new stream. */
    static void send(Channel stream, String authority, String path, Query query, Edns edns) {
        byte[] message = query.encode(ID, query.nameBytes(), edns, true);
        Http2Headers headers = new DefaultHttp2Headers()
                .method("POST")
                .scheme("https")
                .authority(authority)
                .path(path)
                .set("accept", MEDIA_TYPE)
                .set("content-type", MEDIA_TYPE)
                .setInt("content-length", message.length);
        stream.write(new DefaultHttp2HeadersFrame(headers, false));
        stream.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(message), true));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Http2StreamFrame frame) {
        if (frame instanceof Http2HeadersFrame headers) {
            read(headers);
        } else if (frame instanceof Http2DataFrame data) {
            if (!answered) {
                fail(NO_STATUS);
                return;
            }
            if (body.size() + data.content().readableBytes() > MAX_MESSAGE) {
                fail("sent more than a DNS message holds");
                return;
            }
            body.writeBytes(ByteBufUtil.getBytes(data.content()));
            if (data.isEndStream()) {
                end();
            }
        } else if (frame instanceof Http2ResetFrame) {
            answer.tryFailure(Carrier.LOST);
        }
    }

    private void read(Http2HeadersFrame frame) {
        CharSequence status = frame.headers().status();
        if (!answered && status != null && status.length() == 3 && status.charAt(0) == '1') {
            return; // an interim response
        }
        if (!answered) {
            answered = true;
            String problem = problem(status, frame.headers().get("content-type"));
            if (problem != null) {
                fail(problem);
                return;
            }
        }
        if (frame.isEndStream()) {
            end();
        }
    }

    private static @Nullable String problem(@Nullable CharSequence status, @Nullable CharSequence type) {
        String code = status == null || !status.toString().matches("[0-9]{3}") ? "" : status.toString();
        return switch (code) {
            case "200" ->
                type != null && type.toString().split(";", 2)[0].strip().equalsIgnoreCase(MEDIA_TYPE)
                        ? null
                        : "answered with something else than DNS";
            case "" -> NO_STATUS;
            case "413" -> "HTTP 413: the query is too large for it";
            case "429" -> "HTTP 429: it is asked too often";
            default -> "HTTP " + code;
        };
    }

    private void end() {
        byte[] message = body.toByteArray();
        if (query.fit(message, ID, query.nameBytes()) == Query.Fit.NO) {
            fail("answered another question");
        } else if (Query.truncated(message)) {
            fail("cut its answer short");
        } else {
            answer.trySuccess(message);
        }
    }

    private void fail(String why) {
        answer.tryFailure(new Failure(Failure.Kind.RESOLVER_FAILED, why));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        answer.tryFailure(Carrier.LOST);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        answer.tryFailure(Carrier.LOST);
        ctx.close();
    }
}
