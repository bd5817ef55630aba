package dev.fenliu.control.http;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** A request that was let in, and what has come of its content. Confined to the client's event loop. */
final class Request {
    private final Route route;
    private final Call call;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    /** @param call without its content */
    Request(Route route, Call call) {
        this.route = route;
        this.call = call;
    }

    Route route() {
        return route;
    }

    /** Takes a piece; false when that is more than may be. */
    boolean take(ByteBuf piece) {
        if (content.size() + piece.readableBytes() > Head.MAX_BODY) {
            return false;
        }
        byte[] bytes = new byte[piece.readableBytes()];
        piece.readBytes(bytes);
        content.write(bytes, 0, bytes.length);
        return true;
    }

    /** The call. @throws BadRequest if its content is no UTF-8 */
    Call call() {
        if (content.size() == 0) {
            return call;
        }
        try {
            String body = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content.toByteArray()))
                    .toString();
            return call.withBody(body);
        } catch (CharacterCodingException e) {
            throw new BadRequest("the content is no UTF-8");
        }
    }
}
