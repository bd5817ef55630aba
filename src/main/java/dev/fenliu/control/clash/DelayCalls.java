package dev.fenliu.control.clash;

import com.google.gson.JsonObject;
import dev.fenliu.control.http.BadRequest;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.engine.Inventory;
import dev.fenliu.engine.Prober;
import dev.fenliu.engine.Proxy;
import dev.fenliu.model.Reason;
import dev.fenliu.outbound.Check;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The latency tests of dashboards, by the probes that groups use too. */
final class DelayCalls {
    private static final int USUAL_MILLIS = 5_000;
    private static final int MOST_MILLIS = 60_000;

    /** How many outbounds are tried at once. */
    private static final int AT_ONCE = 32;

    /** Dashboards wait for half a minute; what they ask of many is answered before that, with what there is. */
    private static final long ROUND_MILLIS = 25_000;

    /** Or for 15 seconds, where they wait for no result. */
    private static final long HEALTH_MILLIS = 10_000;

    private static final List<Check.Statuses> ANY = List.of(new Check.Statuses(100, 599));

    private final Proxy proxy;
    private final Core core;
    private final Measured measured;
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    DelayCalls(Proxy proxy, Core core, Measured measured) {
        this.proxy = proxy;
        this.core = core;
        this.measured = measured;
    }

    /** One outbound, or what a group uses now. */
    Future<Reply> one(Call call, String name) {
        Inventory inventory = inventory();
        Check check = check(call, inventory, Check.DEFAULT);
        String wanted = name.equals(ProxyJson.GLOBAL)
                ? inventory.groups().stream()
                        .map(Inventory.Team::name)
                        .findFirst()
                        .orElse("direct")
                : name;
        Promise<Reply> reply = call.loop().newPromise();
        Optional<Future<Prober.Finding>> finding = measure(wanted, check, call.loop());
        if (finding.isEmpty()) {
            return reply.setSuccess(Calls.missing("outbound or group", name));
        }
        ScheduledFuture<?> deadline =
                call.loop().schedule(() -> reply.trySuccess(timeout()), millis(call), TimeUnit.MILLISECONDS);
        finding.get().addListener((Future<Prober.Finding> done) -> {
            deadline.cancel(false);
            reply.trySuccess(reply(done.getNow()));
        });
        return reply;
    }

    private static Reply reply(Prober.Finding finding) {
        if (finding.delay().isEmpty() || finding.fault().isPresent()) {
            return Reply.refusal(
                    HttpResponseStatus.SERVICE_UNAVAILABLE,
                    finding.fault().map(Reason::text).orElse("no answer"));
        }
        JsonObject object = new JsonObject();
        object.addProperty("delay", Measured.millis(finding.delay().get()));
        return Reply.json(object);
    }

    private static Reply timeout() {
        return Reply.refusal(HttpResponseStatus.GATEWAY_TIMEOUT, "Timeout");
    }

    /** All members of a group; what pinned an automatic one does so no more. */
    Future<Reply> group(Call call, String name) {
        Inventory inventory = inventory();
        Optional<Inventory.Team> found = inventory.groups().stream()
                .filter(group -> group.name().equals(name))
                .findFirst();
        Promise<Reply> reply = call.loop().newPromise();
        if (found.isEmpty()) {
            return reply.setSuccess(Calls.missing("group", name));
        }
        Inventory.Team group = found.get();
        if (!group.type().equals("select")) {
            core.select(name, null);
        }
        Check check = check(call, inventory, group.check().orElse(Check.DEFAULT));
        new Round(group.members(), check, call.loop(), ROUND_MILLIS)
                .go()
                .addListener((Future<JsonObject> done) ->
                        reply.setSuccess(done.getNow().isEmpty() ? timeout() : Reply.json(done.getNow())));
        return reply;
    }

    /** All nodes of a subscription, each with what groups ask for. What is not there in time goes on behind the answer. */
    Future<Reply> subscription(Call call, String name) {
        Inventory inventory = inventory();
        Promise<Reply> reply = call.loop().newPromise();
        if (inventory.subscriptions().stream().noneMatch(one -> one.name().equals(name))) {
            return reply.setSuccess(Calls.missing("subscription", name));
        }
        if (!running.add(name)) {
            return reply.setSuccess(Reply.empty());
        }
        List<String> nodes = inventory.outbounds().stream()
                .filter(one -> one.subscription().filter(name::equals).isPresent())
                .map(Inventory.Single::name)
                .toList();
        Round round = new Round(nodes, Check.DEFAULT, call.loop(), ROUND_MILLIS * nodes.size());
        call.loop().schedule(() -> reply.trySuccess(Reply.empty()), HEALTH_MILLIS, TimeUnit.MILLISECONDS);
        round.go().addListener(done -> {
            running.remove(name);
            reply.trySuccess(Reply.empty());
        });
        return reply;
    }

    private Inventory inventory() {
        return proxy.overview().inventory().orElseThrow(() -> new BadRequest("the program is still starting"));
    }

    /** Tries one, and takes note of what comes of it. */
    private Optional<Future<Prober.Finding>> measure(String outbound, Check check, EventLoop loop) {
        Optional<Future<Prober.Finding>> finding = proxy.measure(outbound, check, loop);
        finding.ifPresent(running -> running.addListener((Future<Prober.Finding> done) -> {
            Prober.Finding found = done.getNow();
            measured.add(
                    found.outbound(),
                    check.url().toString(),
                    found.fault().isPresent() ? Optional.empty() : found.delay());
        }));
        return finding;
    }

    /** Outbounds after each other, some at once. Confined to the loop. */
    private final class Round {
        private final Iterator<String> left;
        private final Check check;
        private final EventLoop loop;
        private final JsonObject delays = new JsonObject();
        private final Promise<JsonObject> result;
        private final ScheduledFuture<?> deadline;
        private int open;

        Round(List<String> outbounds, Check check, EventLoop loop, long millis) {
            this.left = outbounds.iterator();
            this.check = check;
            this.loop = loop;
            this.result = loop.newPromise();
            this.deadline = loop.schedule(() -> result.trySuccess(delays), millis, TimeUnit.MILLISECONDS);
        }

        /** @return does not fail; delays in milliseconds by name, of those that have answered well */
        Future<JsonObject> go() {
            for (int i = 0; i < AT_ONCE; i++) {
                next();
            }
            return result;
        }

        private void next() {
            if (!left.hasNext() || result.isDone()) {
                if (open == 0) {
                    deadline.cancel(false);
                    result.trySuccess(delays);
                }
                return;
            }
            String name = left.next();
            open++;
            measure(name, check, loop)
                    .orElseGet(
                            () -> loop.newSucceededFuture(new Prober.Finding(name, Optional.empty(), Optional.empty())))
                    .addListener((Future<Prober.Finding> done) -> {
                        open--;
                        Prober.Finding found = done.getNow();
                        if (found.fault().isEmpty() && !result.isDone()) {
                            found.delay().ifPresent(delay -> delays.addProperty(name, Measured.millis(delay)));
                        }
                        next();
                    });
        }
    }

    private static int millis(Call call) {
        return call.number("timeout", USUAL_MILLIS, 1, MOST_MILLIS);
    }

    /** What is to be asked for: in the way of groups if they ask for that page too, so that they hear of it. */
    private static Check check(Call call, Inventory inventory, Check usual) {
        Duration timeout = Duration.ofMillis(millis(call));
        Optional<String> page = call.parameter("url").filter(text -> !text.isBlank());
        if (page.isEmpty()) {
            return usual;
        }
        URI url = url(page.get());
        Optional<String> expected = call.parameter("expected").filter(text -> !text.isBlank() && !text.equals("*"));
        if (expected.isEmpty()) {
            Optional<Check> known = inventory.groups().stream()
                    .flatMap(group -> group.check().stream())
                    .filter(check -> check.url().equals(url))
                    .findFirst()
                    .or(() -> Optional.of(Check.DEFAULT)
                            .filter(check -> check.url().equals(url)));
            return known.orElseGet(() -> new Check(url, Check.EVERY, timeout, ANY));
        }
        try {
            return new Check(
                    url,
                    Check.EVERY,
                    timeout,
                    Arrays.stream(expected.get().split("[/,]", -1))
                            .map(text -> Check.Statuses.parse(text.strip()))
                            .toList());
        } catch (IllegalArgumentException e) {
            throw new BadRequest("expected: " + e.getMessage());
        }
    }

    private static URI url(String text) {
        try {
            URI url = new URI(text.strip());
            String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
            if ((scheme.equals("http") || scheme.equals("https"))
                    && url.getHost() != null
                    && url.getUserInfo() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // said below
        }
        throw new BadRequest("url: \"" + text + "\" (expected: an http or https address)");
    }
}
