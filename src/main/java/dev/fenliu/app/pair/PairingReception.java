package dev.fenliu.app.pair;

import com.google.gson.JsonObject;
import dev.fenliu.config.Secret;
import dev.fenliu.engine.Reception;
import dev.fenliu.engine.UserFile;
import dev.fenliu.inbound.InboundStream;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Flow;
import dev.fenliu.net.EndOfStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server as its users find it under {@link Reception#NAME}, in plain HTTP/1.1 inside the tunnel: {@code POST /key} with a
 * key of 43 characters exchanges the code of the login for it, once; {@code GET /} tells a user that all is well. Thread-safe.
 */
public final class PairingReception implements Reception {
    private static final Logger LOG = LoggerFactory.getLogger(PairingReception.class);
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-]{43}");
    private static final int MAX_BODY = 1024;
    private static final int SECONDS = 30;

    private final ServerFolder folder;
    private final ExecutorService threads;
    private final Runnable reload;
    private final Supplier<String> exit;

    /**
     * @param threads for what blocks
     * @param reload returns when what the folder says is in force
     * @param exit the address that origins see, in words
     */
    public PairingReception(ServerFolder folder, ExecutorService threads, Runnable reload, Supplier<String> exit) {
        this.folder = folder;
        this.threads = threads;
        this.reload = reload;
        this.exit = exit;
    }

    @Override
    public void take(InboundStream stream) {
        stream.accept();
        var late = stream.channel().eventLoop().schedule(() -> stream.channel().close(), SECONDS, TimeUnit.SECONDS);
        stream.channel().closeFuture().addListener(closed -> late.cancel(false));
        stream.channel()
                .pipeline()
                .addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_BODY), new Requests(stream.flow()));
    }

    private record Answer(HttpResponseStatus status, JsonObject body) {
        static Answer of(HttpResponseStatus status, String message) {
            JsonObject body = new JsonObject();
            body.addProperty("message", message);
            return new Answer(status, body);
        }
    }

    private Answer answer(Flow flow, HttpMethod method, String path, String body) {
        String login = flow.user().orElse("");
        if (method.equals(HttpMethod.POST) && path.equals("/key") && login.startsWith(UserFile.PAIRING)) {
            return exchange(login.substring(UserFile.PAIRING.length()), body, flow);
        }
        if (method.equals(HttpMethod.GET) && path.equals("/") && !login.startsWith(UserFile.PAIRING)) {
            JsonObject hello = new JsonObject();
            hello.addProperty("user", login);
            hello.addProperty("exit", exit.get());
            return new Answer(HttpResponseStatus.OK, hello);
        }
        return Answer.of(HttpResponseStatus.NOT_FOUND, "there is nothing here");
    }

    private Answer exchange(String user, String key, Flow flow) {
        String from = Addresses.text(flow.source().getAddress());
        if (!KEY.matcher(key).matches()) {
            return Answer.of(HttpResponseStatus.BAD_REQUEST, "this is no key");
        }
        try {
            folder.exchange(user, new Secret(key), from);
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "pairing of {} from {} refused: {}. If that was not you, somebody else has seen the string: fenliu"
                            + " pair rotate {}",
                    user,
                    from,
                    e.getMessage(),
                    user);
            return Answer.of(HttpResponseStatus.GONE, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            LOG.error("pairing of {} failed: {}", user, e.getMessage());
            return Answer.of(HttpResponseStatus.INTERNAL_SERVER_ERROR, "the server could not keep the key");
        }
        LOG.info("{} is paired, from {}", user, from);
        reload.run();
        return new Answer(HttpResponseStatus.OK, new JsonObject());
    }

    private final class Requests extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final Flow flow;
        private boolean asked;

        Requests(Flow flow) {
            this.flow = flow;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            if (asked || request.decoderResult().isFailure()) {
                ctx.close();
                return;
            }
            asked = true;
            HttpMethod method = request.method();
            String path = request.uri();
            String body = request.content().toString(StandardCharsets.UTF_8);
            threads.execute(() -> {
                Answer answer = answer(flow, method, path, body);
                ctx.executor().execute(() -> send(ctx, answer));
            });
        }

        /** Some tunnels' channels do not read by themselves. */
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            ctx.read();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.read();
        }

        private void send(ChannelHandlerContext ctx, Answer answer) {
            byte[] body = answer.body().toString().getBytes(StandardCharsets.UTF_8);
            DefaultFullHttpResponse response =
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), Unpooled.wrappedBuffer(body));
            response.headers()
                    .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                    .set(HttpHeaderNames.CONNECTION, "close");
            ctx.write(response);
            ctx.writeAndFlush(EndOfStream.INSTANCE);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ChannelInputShutdownEvent && !asked) {
                ctx.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
