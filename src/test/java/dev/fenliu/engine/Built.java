package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.config.Problems;
import dev.fenliu.dns.DnsOptions;
import dev.fenliu.dns.NameResolver;
import dev.fenliu.inbound.LocalType;
import dev.fenliu.inbound.http.HttpAcceptor;
import dev.fenliu.inbound.mixed.MixedAcceptor;
import dev.fenliu.inbound.socks.SocksAcceptor;
import dev.fenliu.model.Host;
import dev.fenliu.net.Resolver;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.DirectType;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.tunnel.shadowsocks.ShadowsocksListenerType;
import dev.fenliu.tunnel.shadowsocks.ShadowsocksType;
import dev.fenliu.tunnel.socks5.Socks5Type;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Configs and generations made from text, with protocols enough for a test. */
final class Built {
    static final Protocols PROTOCOLS = Protocols.of(
            List.of(new DirectType(), new Socks5Type(), new ShadowsocksType()),
            List.of(
                    new LocalType(
                            "mixed",
                            context ->
                                    new MixedAcceptor(List.of(new SocksAcceptor(context), new HttpAcceptor(context)))),
                    new LocalType("socks", SocksAcceptor::new),
                    new LocalType("http", HttpAcceptor::new),
                    new ShadowsocksListenerType()));

    private static final EventLoopGroup LOOPS = Sockets.loops(1);

    private Built() {}

    /** A config that must be good. */
    static Config config(String yaml) {
        Problems problems = new Problems();
        Config config = ConfigReader.read("test.yaml", Optional.empty(), yaml, PROTOCOLS, problems);
        assertThat(config).as(problems.all().toString()).isNotNull();
        return config;
    }

    static Assembly assembly(String yaml, Kept kept) {
        Problems problems = new Problems();
        Assembly assembly =
                Assembler.assemble(config(yaml), kept, 1, kept.dates().instant(), problems);
        assertThat(assembly).as(problems.all().toString()).isNotNull();
        return assembly;
    }

    /**
     * A generation with ways out of the test's own.
     *
     * @param replaced outbounds that take the place of those that the config names
     */
    static Generation generation(
            long number, String yaml, Map<String, ? extends Outbound> replaced, Resolver resolver, Resolver tunnelled) {
        Assembly assembly = assembly(yaml, Kept.fresh(LOOPS, () -> 0, Path.of("none")));
        Generation made = assembly.generation();
        Map<String, Outbound> outbounds = new HashMap<>(made.outbounds());
        outbounds.putAll(replaced);
        return new Generation(
                number,
                made.router(),
                outbounds,
                made.plain(),
                named(resolver),
                name -> named(tunnelled),
                DnsOptions.DEFAULT.replies(),
                (flow, loop) -> loop.newSucceededFuture("curl"),
                made.devices(),
                made.autoConfig(),
                new Guards(Map.of("in", Guards.Role.LOCAL), Set.of(), Set.of(InetAddress.getLoopbackAddress())));
    }

    private static NameResolver named(Resolver resolver) {
        return new NameResolver() {
            @Override
            public Future<List<InetAddress>> resolve(Host.Name name, EventLoop loop) {
                return resolver.resolve(name, loop);
            }

            @Override
            public Future<List<InetAddress>> resolveAnew(Host.Name name, EventLoop loop) {
                return resolver.resolveAnew(name, loop);
            }
        };
    }

    /** One that resolves nothing. */
    static Generation generation(long number, String yaml, Map<String, ? extends Outbound> replaced) {
        Resolver none = (name, loop) -> {
            throw new AssertionError(name + " was looked up");
        };
        return generation(number, yaml, replaced, none, none);
    }
}
