package dev.fenliu.control.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request that may be answered.
 *
 * @param path as it came, without the query
 * @param captured what stands in the route's braces, decoded
 * @param parameters of the query
 * @param body as text; empty without one
 * @param scope of the token that was shown; empty where none is needed
 * @param local where the client reached us; the wildcard address over a unix socket
 * @param client its address and port; the wildcard address over a unix socket
 * @param loop the client's
 */
public record Call(
        HttpMethod method,
        String path,
        Map<String, String> captured,
        Map<String, List<String>> parameters,
        HttpHeaders headers,
        String body,
        Optional<Scope> scope,
        InetAddress local,
        InetSocketAddress client,
        EventLoop loop) {

    Call withBody(String content) {
        return new Call(method, path, captured, parameters, headers, content, scope, local, client, loop);
    }

    /** The first parameter of that name. */
    public Optional<String> parameter(String name) {
        return parameters.getOrDefault(name, List.of()).stream().findFirst();
    }

    /** What stands in the braces of that name. */
    public String captured(String name) {
        String found = captured.get(name);
        if (found == null) {
            throw new IllegalArgumentException("the route has no {" + name + "}");
        }
        return found;
    }

    /** Whether who asks may do what takes {@code needed}. */
    public boolean may(Scope needed) {
        return scope.filter(has -> has.covers(needed)).isPresent();
    }

    /** The part of the list that is wanted: the parameters {@code offset} and {@code limit}. @throws BadRequest if there is none such */
    public Page page() {
        return new Page(number("offset", 0, 0, Integer.MAX_VALUE), number("limit", Page.USUAL, 1, Page.MOST));
    }

    /** A parameter that is a whole number. @throws BadRequest if it is none, or out of bounds */
    public int number(String name, int absent, int least, int most) {
        String text = parameter(name).orElse("");
        if (text.isEmpty()) {
            return absent;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new BadRequest(name + ": a whole number, " + least + " to " + most);
    }

    /** A parameter that is {@code true} or {@code false}. @throws BadRequest if it is neither */
    public boolean flag(String name, boolean absent) {
        return switch (parameter(name).orElse(String.valueOf(absent))) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new BadRequest(name + ": true or false");
        };
    }

    /** The body. @throws BadRequest if it is no JSON object (RFC 8259) */
    public JsonObject json() {
        return element() instanceof JsonObject object ? object : notJson("the body is to be a JSON object");
    }

    /** The body, whatever it is. @throws BadRequest if it is no JSON text (RFC 8259) */
    public JsonElement element() {
        try (JsonReader reader = new JsonReader(new StringReader(body))) {
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = JsonParser.parseReader(reader);
            return reader.peek() == JsonToken.END_DOCUMENT ? element : notJson("more than one JSON text");
        } catch (JsonParseException | IOException | IllegalStateException e) {
            return notJson("the body is no JSON text");
        }
    }

    private static JsonObject notJson(String why) {
        throw new BadRequest(why);
    }
}
