package dev.fenliu.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.lan.Leases;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.SocketOptions;
import dev.fenliu.net.TestCertificates;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Resolvers with a single upstream, and what comes of the look-ups in the words of the tables. */
final class Asking implements AutoCloseable {
    private static final Path NONE = Path.of("/nonexistent");

    private final AnswerCache cache = new AnswerCache(System::nanoTime);
    private final Map<String, Future<List<InetAddress>>> asked = new HashMap<>();
    private final EventLoopGroup loops;
    private final Upstream upstream;
    private final int type;
    private final Resolvers resolvers;

    /** @param address of the upstream as a config has it; its certificate is that of vps.test */
    Asking(EventLoopGroup loops, String address, boolean ipv6) throws IOException {
        this.loops = loops;
        Upstream plain = Upstream.parse(address);
        upstream = plain.scheme().encrypted() ? plain.with(TestCertificates.client()) : plain;
        type = ipv6 ? Query.AAAA : Query.A;
        DnsOptions options = new DnsOptions(
                List.of(upstream),
                List.of(Upstream.SYSTEM),
                List.of(),
                DnsOptions.Local.NONE,
                CacheOptions.DEFAULT,
                new DnsOptions.Replies(ipv6 ? DnsOptions.Ipv6.YES : DnsOptions.Ipv6.NO, DnsOptions.Blocked.NXDOMAIN));
        resolvers = Resolvers.open(
                options, cache, loops, SocketOptions.DEFAULT, () -> Leases.NONE, new SystemFiles(NONE, NONE));
    }

    String upstream() {
        return upstream.text();
    }

    /** Starts to look a name up. */
    Asking ask(String name) {
        asked.put(name, resolvers.direct().resolve(new Host.Name(name), loops.next()));
        return this;
    }

    /**
     * What the look-up, which starts now if it has not, gave once it has ended: addresses, {@code none}, {@code missing}, {@code late}, or {@code fails:} and
     * what the upstream did; after {@code for} the seconds for which the answer is kept.
     */
    String outcome(String name) {
        if (!asked.containsKey(name)) {
            ask(name);
        }
        Future<List<InetAddress>> found = asked.get(name);
        assertThat(found.awaitUninterruptibly(2 * ServerGroup.BUDGET_MILLIS))
                .as(name)
                .isTrue();
        if (found.isSuccess()) {
            return text(found.getNow()) + kept(name);
        }
        Failure failure = Failure.of(found.cause());
        String at = name + " could not be looked up: " + upstream.text() + ": ";
        String text = failure.text();
        return switch (failure.kind()) {
            case UNRESOLVED ->
                (text.equals(name + " has no address")
                                ? "none"
                                : text.equals(name + " does not exist") ? "missing" : text)
                        + kept(name);
            case RESOLVER_TIMEOUT -> text.equals(at + "no answer in 2000 ms") ? "late" : text;
            case RESOLVER_FAILED -> "fails: " + (text.startsWith(at) ? text.substring(at.length()) : text);
            default -> failure.kind() + ": " + text;
        };
    }

    private static String text(List<InetAddress> addresses) {
        StringBuilder out = new StringBuilder();
        for (int i = 0, n; i < addresses.size(); i += n) {
            n = 1;
            while (i + n < addresses.size() && addresses.get(i + n).equals(addresses.get(i))) {
                n++;
            }
            out.append(i == 0 ? "" : " ")
                    .append(Addresses.text(addresses.get(i)))
                    .append(n == 1 ? "" : "*" + n);
        }
        return out.toString();
    }

    private String kept(String name) {
        Answer answer = cache.get(resolvers.describe(), Query.of(new Host.Name(name), type));
        return " for " + (answer == null ? 0 : answer.ttl());
    }

    @Override
    public void close() {
        resolvers.close();
    }
}
