package dev.fenliu.inbound.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/** The answer to who asks for {@code proxy.pac}. No web page can run it as a script of its own, nor read it. */
final class ScriptReply {
    private ScriptReply() {}

    /**
     * The whole response.
     *
     * @param close whether the connection ends with it
     */
    static ByteBuf encode(ByteBufAllocator alloc, RequestHead request, String script, boolean close) {
        byte[] body = script.getBytes(StandardCharsets.UTF_8);
        byte[] head = ("HTTP/1.1 200 OK\r\n"
                        + "Content-Type: application/x-ns-proxy-autoconfig\r\n"
                        + "Content-Length: " + body.length + "\r\n"
                        + "Cache-Control: no-store\r\n"
                        + "X-Content-Type-Options: nosniff\r\n"
                        + (close ? "Connection: close\r\n" : "")
                        + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        ByteBuf out = alloc.buffer(head.length + body.length).writeBytes(head);
        return request.method().equals("HEAD") ? out : out.writeBytes(body);
    }
}
