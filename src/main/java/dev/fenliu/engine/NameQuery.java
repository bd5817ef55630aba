package dev.fenliu.engine;

import dev.fenliu.dns.GivenAddresses;
import dev.fenliu.dns.NameResolver;
import dev.fenliu.dns.Request;
import dev.fenliu.dns.Trail;
import dev.fenliu.inbound.DnsClient;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Question;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One query of a DNS client. The rules decide about it as about a flow to that name, and it is asked where the name of such
 * a flow would be: a name that a rule tunnels through that tunnel, whatever type of record is wanted. Confined to the
 * client's event loop.
 */
final class NameQuery {
    /** Of the flow that the rules are asked about: nearly all that is looked up is for the web. */
    private static final int PORT = 443;

    private final Request request;
    private final DnsClient client;
    private final Engine engine;
    private final Generation generation;
    private final Consumer<Decision> watcher;
    private final Promise<byte[]> reply;

    private NameQuery(
            Request request, DnsClient client, Engine engine, Generation generation, Consumer<Decision> watcher) {
        this.request = request;
        this.client = client;
        this.engine = engine;
        this.generation = generation;
        this.watcher = watcher;
        this.reply = client.loop().newPromise();
    }

    /** Answers on the client's loop; empty bytes for what is no query. */
    static Future<byte[]> answer(byte[] message, DnsClient client, Engine engine) {
        Request request = Request.read(message, client.datagram());
        if (request == null) {
            return client.loop().newSucceededFuture(new byte[0]);
        }
        Witness witness = new Witness(request, client, engine);
        Future<byte[]> reply = answer(request.watched(witness), client, engine, witness.generation, witness::decided);
        reply.addListener((Future<byte[]> answered) -> witness.answered(answered.getNow()));
        return reply;
    }

    /** Tells of a query when it has its answer. */
    private static final class Witness implements Consumer<Trail> {
        private final Request request;
        private final DnsClient client;
        private final Engine engine;
        private final Generation generation;
        private final long start;
        private @Nullable Decision decision;
        private @Nullable Trail trail;

        Witness(Request request, DnsClient client, Engine engine) {
            this.request = request;
            this.client = client;
            this.engine = engine;
            this.generation = engine.current();
            this.start = engine.nanos();
        }

        @Override
        public void accept(Trail found) {
            trail = found;
        }

        void decided(Decision made) {
            decision = made;
        }

        void answered(byte[] message) {
            Decision made = decision;
            boolean away = trail != null
                    && made instanceof Decision.Via to
                    && !generation.plain().contains(to.outbound());
            engine.listener()
                    .answered(new NameView(
                            engine.now(),
                            client.source().getAddress(),
                            request.host(),
                            request.type(),
                            made == null ? Optional.empty() : Optional.of(made.rule()),
                            away && made instanceof Decision.Via to ? Optional.of(to.outbound()) : Optional.empty(),
                            Optional.ofNullable(trail),
                            new NameReport.Message(message),
                            Duration.ofNanos(engine.nanos() - start)));
        }
    }

    /**
     * Answers on the client's loop.
     *
     * @param generation whose rules decide
     * @param watcher told what the rules say, if they are asked
     */
    static Future<byte[]> answer(
            Request request, DnsClient client, Engine engine, Generation generation, Consumer<Decision> watcher) {
        Optional<byte[]> own = request.ownAnswer();
        if (own.isPresent()) {
            return client.loop().newSucceededFuture(own.get());
        }
        Optional<InetAddress> fake = request.reverse().filter(engine.fakes()::isFake);
        if (fake.isPresent()) {
            FakeAddresses.Mapping known = engine.fakes().find(fake.get());
            return client.loop().newSucceededFuture(request.pointer(known == null ? Optional.empty() : known.name()));
        }
        NameQuery query = new NameQuery(request, client, engine, generation, watcher);
        query.route(engine.nextId());
        return query.reply;
    }

    private void route(long id) {
        Optional<Host.Name> name = request.name();
        if (name.isEmpty()) {
            reply.setSuccess(request.unspeakable());
            return;
        }
        Flow flow = new Flow(
                id,
                Transport.TCP,
                client.listener(),
                client.source(),
                new Destination(name.get(), PORT),
                Optional.empty());
        Routing.decide(generation, Question.of(flow), client.loop(), this::decided);
    }

    private void decided(Decision made) {
        watcher.accept(made);
        if (!(made instanceof Decision.Via via)) {
            reply.setSuccess(request.blocked(
                    generation.replies().blocked(),
                    "blocked by the rule at " + made.rule().place()));
            return;
        }
        ask(via.outbound()).addListener((Future<byte[]> answered) -> tell(answered.getNow()));
    }

    private Future<byte[]> ask(String outbound) {
        if (generation.plain().contains(outbound)) {
            return generation.resolver().answer(request, client.loop());
        }
        NameResolver tunnelled = generation.tunnelled().apply(outbound);
        return request.name().filter(generation.replies().fake()::cover).isPresent()
                ? tunnelled.answer(request, engine.fakes(), client.loop())
                : tunnelled.answer(request, client.loop());
    }

    private void tell(byte[] answer) {
        if (generation.guards().hasTransparent()) {
            request.name()
                    .ifPresent(name ->
                            engine.answered().tell(client.source().getAddress(), name, GivenAddresses.in(answer)));
        }
        reply.setSuccess(answer);
    }
}
