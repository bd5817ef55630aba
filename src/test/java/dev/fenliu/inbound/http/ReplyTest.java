package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReplyTest {
    @ParameterizedTest
    @CsvSource({
        "BLOCKED, 403, http_request_denied",
        "FORBIDDEN, 403, destination_ip_prohibited",
        "LOOP, 502, proxy_loop_detected",
        "UNRESOLVED, 502, dns_error",
        "RESOLVER_FAILED, 502, dns_error",
        "RESOLVER_TIMEOUT, 504, dns_timeout",
        "REFUSED, 502, connection_refused",
        "NETWORK_UNREACHABLE, 502, destination_ip_unroutable",
        "HOST_UNREACHABLE, 502, destination_ip_unroutable",
        "TIMEOUT, 504, connection_timeout",
        "TUNNEL_DOWN, 503, destination_unavailable",
        "TUNNEL_PROTOCOL, 502, proxy_internal_error",
        "TUNNEL_CERTIFICATE, 502, tls_certificate_error",
        "UNSUPPORTED, 501, proxy_configuration_error",
        "OVERLOADED, 503, connection_limit_reached",
        "INTERNAL, 500, proxy_internal_error",
    })
    void each_failure_has_its_status_and_error(Failure.Kind kind, int status, String error) {
        String answer = encode(Reply.of(new Failure(kind, "why")), true);
        assertThat(answer)
                .startsWith("HTTP/1.1 " + status + " ")
                .contains("\r\nProxy-Status: fenliu; error=" + error + "; details=\"why\"\r\n");
        assertThat(answer.contains("\r\nRetry-After: ")).isEqualTo(status == 503);
    }

    @ParameterizedTest
    @EnumSource(Failure.Kind.class)
    void only_a_client_on_this_machine_reads_the_details(Failure.Kind kind) {
        Reply reply = Reply.of(new Failure(kind, "tunnel my-vps is down"));
        assertThat(encode(reply, true)).contains("<p>" + reply.text() + " tunnel my-vps is down</p>");
        assertThat(encode(reply, false)).contains("<p>" + reply.text() + "</p>").doesNotContain("vps", "details=");
    }

    @Test
    void messages_cannot_break_out_of_page_or_header() {
        String answer =
                encode(Reply.of(new Failure(Failure.Kind.INTERNAL, "<b>\r\nX: \"\\\u00e9" + "y".repeat(9000))), true);
        assertThat(answer)
                .contains("&lt;b&gt;", "details=\"<b>??X: \\\"\\\\?yyy")
                .hasSizeLessThan(2000);
        int head = answer.indexOf("\r\n\r\n");
        int length = Integer.parseInt(answer.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
        assertThat(answer.substring(head + 4)).hasSize(length);
    }

    private static String encode(Reply reply, boolean local) {
        ByteBuf bytes = reply.encode(UnpooledByteBufAllocator.DEFAULT, null, true, local);
        try {
            return bytes.toString(StandardCharsets.ISO_8859_1);
        } finally {
            bytes.release();
        }
    }
}
