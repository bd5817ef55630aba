package dev.fenliu.engine;

import dev.fenliu.model.Destination;
import java.net.URI;

/**
 * Where the parts of ChatGPT are.
 *
 * @param web the site, whose edge serves a trace page
 * @param api asked for its models
 * @param login where one logs in
 * @param challenge the host that proves visitors human; it serves a trace page too
 * @param stun answers binding requests (RFC 8489)
 */
public record ChatGpt(URI web, URI api, URI login, URI challenge, Destination stun) {
    /** Those of OpenAI, and the edge that it uses. */
    public static final ChatGpt REAL = new ChatGpt(
            URI.create("https://chatgpt.com"),
            URI.create("https://api.openai.com"),
            URI.create("https://auth.openai.com"),
            URI.create("https://challenges.cloudflare.com"),
            Destination.parse("stun.cloudflare.com:3478"));
}
