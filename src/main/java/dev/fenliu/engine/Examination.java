package dev.fenliu.engine;

import dev.fenliu.engine.Diagnosis.Finding;
import dev.fenliu.engine.Diagnosis.Verdict;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.ClientTls;
import dev.fenliu.outbound.Exit;
import dev.fenliu.outbound.Outbound;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether ChatGPT works through one outbound: what its sites say to an unknown visitor from there, how a stream
 * of events comes, whether datagrams pass. One request after another. Confined to one event loop.
 */
public final class Examination {
    /** A key of the API, and the model that streams a few words. */
    public record Key(String key, String model) {
        @Override
        public String toString() {
            return model; // never the key
        }
    }

    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration STREAM_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration SLOW = Duration.ofSeconds(3);
    private static final Duration STALL = Duration.ofSeconds(5);
    private static final String NO_MODEL = "gpt-4o-mini";
    private static final String ELSEWHERE = "use a tunnel whose far end is in a country that OpenAI serves";

    private final Outbound outbound;
    private final ChatGpt sites;
    private final Optional<Key> key;
    private final boolean voice;
    private final EventLoop loop;
    private final ClientTls tls = ClientTls.plain();
    private final List<Finding> findings = new ArrayList<>();
    private final Promise<Diagnosis> result;
    private @Nullable Exit exit;
    private @Nullable Duration delay;

    private Examination(Outbound outbound, ChatGpt sites, Optional<Key> key, boolean voice, EventLoop loop) {
        this.outbound = outbound;
        this.sites = sites;
        this.key = key;
        this.voice = voice;
        this.loop = loop;
        this.result = loop.newPromise();
    }

    /** Examines; takes at most a minute or so, and does not fail. */
    public static Future<Diagnosis> of(Outbound outbound, ChatGpt sites, Optional<Key> key, EventLoop loop) {
        return of(new Examination(outbound, sites, key, true, loop));
    }

    /** The same as a check that recurs: costs nothing but seven small requests, and leaves out UDP. */
    static Future<Diagnosis> brief(Outbound outbound, ChatGpt sites, EventLoop loop) {
        return of(new Examination(outbound, sites, Optional.empty(), false, loop));
    }

    private static Future<Diagnosis> of(Examination examination) {
        examination.loop.execute(examination::exit);
        return examination.result;
    }

    private void end(Optional<Failure> failure) {
        result.setSuccess(
                new Diagnosis(List.copyOf(findings), Optional.ofNullable(exit), Optional.ofNullable(delay), failure));
    }

    private void find(Verdict verdict, String subject, String text, String remedy) {
        findings.add(new Finding(verdict, subject, text, remedy));
    }

    private void ask(URI uri, FullHttpRequest request, Duration time, Consumer<Future<HttpProbe.Answer>> then) {
        request.headers().set(HttpHeaderNames.USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64)");
        HttpProbe.ask(uri, request, outbound, tls, loop, time)
                .addListener((Future<HttpProbe.Answer> done) -> then.accept(done));
    }

    private void get(URI site, String path, String subject, Consumer<HttpProbe.Answer> then, Runnable next) {
        URI uri = site.resolve(path);
        ask(uri, HttpFetch.request(uri), TIMEOUT, done -> {
            if (done.isSuccess()) {
                then.accept(done.getNow());
            } else {
                find(Verdict.FAIL, subject, Failure.of(done.cause()).text(), "");
            }
            next.run();
        });
    }

    private void exit() {
        URI trace = sites.web().resolve("/cdn-cgi/trace");
        ask(trace, HttpFetch.request(trace), TIMEOUT, done -> {
            if (!done.isSuccess()) {
                Failure failure = Failure.of(done.cause());
                String remedy = failure.kind() == Failure.Kind.TUNNEL_DOWN
                        ? "the tunnel itself does not work: is its server running, and does its firewall let it in?"
                        : "the tunnel works as far as its server; does that reach "
                                + sites.web().getHost() + "?";
                find(Verdict.FAIL, "exit", failure.text(), remedy);
                end(Optional.of(failure)); // nothing else could work
                return;
            }
            delay = done.getNow().delay();
            exit = Exit.read(done.getNow().body()).orElse(null);
            if (exit == null) {
                find(Verdict.WARN, "exit", "the edge does not say where it sees us", "");
            } else {
                find(Verdict.OK, "exit", exit.toString(), "");
            }
            web();
        });
    }

    private void web() {
        get(sites.web(), "/", "web", answer -> judgeSite("web", answer), this::api);
    }

    private void judgeSite(String subject, HttpProbe.Answer answer) {
        int status = answer.status();
        String body = answer.body();
        if (refusesCountry(body)) {
            find(Verdict.FAIL, subject, "it does not serve this country (" + status + ")", ELSEWHERE);
        } else if ("challenge".equals(answer.headers().get("cf-mitigated"))) {
            find(
                    Verdict.OK,
                    subject,
                    "it asks for a proof that we are human (" + status + "), which a browser gives",
                    "if it asks again and again, try another exit: many share this address");
        } else if (status == 403 || status == 429) {
            find(
                    Verdict.FAIL,
                    subject,
                    "it refuses this exit (" + status + ")",
                    "try another exit: addresses of data centres and of many users are often refused");
        } else if (status >= 500) {
            find(Verdict.WARN, subject, "it is out of order (" + status + ")", "wait, and look at status.openai.com");
        } else {
            find(Verdict.OK, subject, status + " in " + answer.delay().toMillis() + " ms", "");
        }
    }

    private static boolean refusesCountry(String body) {
        return body.contains("unsupported_country") || body.contains("not available in your country");
    }

    private void api() {
        URI uri = sites.api().resolve("/v1/models");
        FullHttpRequest request = HttpFetch.request(uri);
        authorise(request);
        ask(uri, request, TIMEOUT, done -> {
            if (!done.isSuccess()) {
                find(Verdict.FAIL, "API", Failure.of(done.cause()).text(), "");
            } else if (done.getNow().status() == 401 && key.isEmpty()) {
                find(Verdict.OK, "API", "it asks for a key, as it should", "");
            } else if (done.getNow().status() == 401) {
                find(Verdict.WARN, "API", "it does not take the key", "is OPENAI_API_KEY right?");
            } else {
                judgeSite("API", done.getNow());
            }
            login();
        });
    }

    private void authorise(FullHttpRequest request) {
        key.ifPresent(it -> request.headers().set(HttpHeaderNames.AUTHORIZATION, "Bearer " + it.key()));
    }

    private void login() {
        get(sites.login(), "/", "login", answer -> judgeSite("login", answer), this::challenge);
    }

    /** The proof of a human counts for the address that it came from. */
    private void challenge() {
        get(
                sites.challenge(),
                "/cdn-cgi/trace",
                "challenge",
                answer -> {
                    Exit seen = Exit.read(answer.body()).orElse(null);
                    if (seen == null || exit == null) {
                        find(Verdict.OK, "challenge", "it answers (" + answer.status() + ")", "");
                    } else if (seen.address().equals(exit.address())) {
                        find(Verdict.OK, "challenge", "it sees the same exit", "");
                    } else {
                        find(
                                Verdict.WARN,
                                "challenge",
                                "it sees another exit: " + seen,
                                "a proof given from there may not count for " + exit.address()
                                        + ": the far end should keep to one address");
                    }
                },
                this::stream);
    }

    private void stream() {
        URI uri = sites.api().resolve("/v1/chat/completions");
        String body = "{\"model\":\"" + key.map(Key::model).orElse(NO_MODEL)
                + "\",\"stream\":true,\"max_tokens\":32,\"messages\":[{\"role\":\"user\",\"content\":\"Count to ten.\"}]}";
        FullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.POST,
                uri.getRawPath(),
                Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
        request.headers()
                .set(HttpFetch.request(uri).headers())
                .set(HttpHeaderNames.ACCEPT, "text/event-stream")
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, request.content().readableBytes());
        authorise(request);
        ask(uri, request, STREAM_TIMEOUT, done -> {
            if (done.isSuccess()) {
                judgeStream(done.getNow());
            } else {
                find(Verdict.FAIL, "stream", Failure.of(done.cause()).text(), "something on the way cuts or holds it");
            }
            socket();
        });
    }

    private void judgeStream(HttpProbe.Answer answer) {
        if (key.isEmpty()) {
            judgeFirstByte(answer);
            return;
        }
        if (answer.status() != 200) {
            find(Verdict.WARN, "stream", "the API answers " + answer.status(), "is the key good for this model?");
            return;
        }
        Duration first = answer.first();
        boolean whole = answer.body().contains("[DONE]");
        String text = "first byte after " + first.toMillis() + " ms, longest pause "
                + answer.pause().toMillis() + " ms";
        if (!whole) {
            find(Verdict.FAIL, "stream", text + ", and it broke off", "something on the way cuts long answers");
        } else if (answer.pause().compareTo(STALL) > 0 || first.compareTo(SLOW) > 0) {
            find(Verdict.WARN, "stream", text, "the tunnel is slow or stalls: try another");
        } else {
            find(Verdict.OK, "stream", text, "");
        }
    }

    /** Without a key it is the refusal that comes, by the same way. */
    private void judgeFirstByte(HttpProbe.Answer answer) {
        boolean slow = answer.first().compareTo(SLOW) > 0;
        find(
                slow ? Verdict.WARN : Verdict.SKIP,
                "stream",
                "asked for without a key of the API: first byte after "
                        + answer.first().toMillis() + " ms (" + answer.status() + ")",
                slow
                        ? "the tunnel is slow or stalls: try another"
                        : "with OPENAI_API_KEY in the environment a stream is watched, for a fraction of a cent");
    }

    private void socket() {
        URI uri = sites.api().resolve("/v1/realtime?model=gpt-realtime");
        FullHttpRequest request = HttpFetch.request(uri);
        request.headers()
                .set(HttpHeaderNames.CONNECTION, "Upgrade")
                .set(HttpHeaderNames.UPGRADE, "websocket")
                .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "13")
                .set(HttpHeaderNames.SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==");
        authorise(request);
        ask(uri, request, TIMEOUT, done -> {
            int status = done.isSuccess() ? done.getNow().status() : 0;
            if (status == 101) {
                find(Verdict.OK, "WebSocket", "it is open", "");
            } else if (done.isSuccess() && refusesCountry(done.getNow().body())) {
                find(Verdict.FAIL, "WebSocket", "it does not serve this country (" + status + ")", ELSEWHERE);
            } else if (status == 401 || status == 403) {
                find(Verdict.OK, "WebSocket", "it asks for a key, as it should", "");
            } else if (status > 0) {
                find(Verdict.WARN, "WebSocket", "the request to upgrade gets " + status, "");
            } else {
                find(Verdict.FAIL, "WebSocket", Failure.of(done.cause()).text(), "");
            }
            if (voice) {
                voice();
            } else {
                end(Optional.empty());
            }
        });
    }

    private void voice() {
        if (!outbound.transports().contains(Transport.UDP)) {
            find(
                    Verdict.WARN,
                    "voice",
                    "this tunnel carries no UDP",
                    "voice goes by TCP then, later and less well; shadowsocks, hysteria2 or https2 carry UDP");
            end(Optional.empty());
            return;
        }
        StunProbe.ask(sites.stun(), outbound, loop).addListener((Future<String> done) -> {
            if (!done.isSuccess()) {
                find(
                        Verdict.WARN,
                        "voice",
                        "UDP does not pass: " + Failure.of(done.cause()).text(),
                        "does the server let UDP out? Voice goes by TCP until then");
            } else if (exit == null || exit.address().equals(done.getNow())) {
                find(Verdict.OK, "voice", "UDP passes", "");
            } else {
                find(Verdict.OK, "voice", "UDP passes, from " + done.getNow(), "");
            }
            end(Optional.empty());
        });
    }
}
