package dev.fenliu.tunnel.hysteria2;

import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.Http3Headers;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP/3 request by which a client shows its password, and the answer to it. Both ends say that their rates are
 * unknown or unlimited, so that whoever sends finds out by congestion control how fast it may.
 */
final class Authentication {
    static final String STATUS_OK = "233";

    private static final String AUTHORITY = "hysteria";
    private static final String PATH = "/auth";
    private static final String AUTH = "hysteria-auth";
    private static final String UDP = "hysteria-udp";
    private static final String RATE = "hysteria-cc-rx";
    private static final String PADDING = "hysteria-padding";

    private Authentication() {}

    static Http3Headers request(String password) {
        Http3Headers headers = new DefaultHttp3Headers();
        headers.method("POST").scheme("https").authority(AUTHORITY).path(PATH);
        headers.set(AUTH, password).set(RATE, "0").set(PADDING, Padding.random(256, 2048));
        return headers;
    }

    /** What the client has shown; null when it asks for something else. */
    static @Nullable String password(Http3Headers request) {
        boolean asked = is("POST", request.method()) && is(AUTHORITY, request.authority()) && is(PATH, request.path());
        CharSequence password = asked ? request.get(AUTH) : null;
        return password == null ? null : password.toString();
    }

    /** @param udp whether datagrams are carried */
    static Http3Headers response(boolean udp) {
        Http3Headers headers = new DefaultHttp3Headers();
        headers.status(STATUS_OK);
        headers.set(UDP, Boolean.toString(udp)).set(RATE, "0").set(PADDING, Padding.random(256, 2048));
        return headers;
    }

    static boolean accepted(Http3Headers response) {
        return is(STATUS_OK, response.status());
    }

    static boolean carriesUdp(Http3Headers response) {
        CharSequence udp = response.get(UDP);
        return udp != null && "true".equalsIgnoreCase(udp.toString());
    }

    private static boolean is(String expected, @Nullable CharSequence value) {
        return value != null && expected.contentEquals(value);
    }
}
