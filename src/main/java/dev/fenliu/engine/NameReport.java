package dev.fenliu.engine;

import dev.fenliu.dns.Request;
import dev.fenliu.dns.Trail;
import dev.fenliu.inbound.DnsClient;
import dev.fenliu.model.Host;
import dev.fenliu.outbound.Aim;
import dev.fenliu.route.Decision;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a DNS client would be answered about a name, and how that comes about.
 *
 * @param decision of the rules; empty for names that they are not asked about, such as {@code localhost}
 * @param path group, …, outbound: the ways of a flow there; empty without a decision
 * @param via whether the name is asked for through the first of {@code path}, not here
 * @param trail empty when no resolver had anything to do with it
 * @param message the answer (RFC 1035 section 4)
 */
public record NameReport(
        Optional<Decision> decision,
        List<String> path,
        boolean via,
        Optional<Trail> trail,
        Message message,
        Duration time) {
    /** A DNS message; nobody else has its bytes. */
    public static final class Message {
        private final byte[] bytes;

        Message(byte[] bytes) {
            this.bytes = bytes;
        }

        int at(int index) {
            return bytes[index];
        }

        public byte[] bytes() {
            return bytes.clone();
        }
    }

    /** Asks in the name of a client. The future completes on its loop and does not fail. */
    static Future<NameReport> of(Host.Name name, int type, DnsClient client, Engine engine) {
        return new Asked(engine).ask(name, type, client);
    }

    /** The question under way. Confined to the client's loop. */
    private static final class Asked {
        private final Engine engine;
        private final Generation generation;
        private final long start;
        private @Nullable Decision decision;
        private @Nullable Trail trail;

        Asked(Engine engine) {
            this.engine = engine;
            this.generation = engine.current();
            this.start = engine.nanos();
        }

        Future<NameReport> ask(Host.Name name, int type, DnsClient client) {
            Request request = Request.of(name, type, found -> trail = found);
            Promise<NameReport> report = client.loop().newPromise();
            NameQuery.answer(request, client, engine, generation, made -> decision = made)
                    .addListener((Future<byte[]> answer) -> report.setSuccess(
                            report(answer.getNow(), Aim.of(name, client.source().getAddress()))));
            return report;
        }

        private NameReport report(byte[] answer, Aim aim) {
            List<String> path = decision instanceof Decision.Via to
                    ? generation.path(to.outbound(), aim)
                    : decision == null ? List.of() : List.of("block");
            boolean via =
                    decision instanceof Decision.Via to && !generation.plain().contains(to.outbound());
            return new NameReport(
                    Optional.ofNullable(decision),
                    path,
                    via,
                    Optional.ofNullable(trail),
                    new Message(answer),
                    Duration.ofNanos(engine.nanos() - start));
        }
    }
}
