package dev.fenliu.app;

import dev.fenliu.engine.Protocols;
import dev.fenliu.inbound.LocalType;
import dev.fenliu.inbound.dns.DnsListenerType;
import dev.fenliu.inbound.http.HttpAcceptor;
import dev.fenliu.inbound.http.HttpListenerType;
import dev.fenliu.inbound.mixed.MixedAcceptor;
import dev.fenliu.inbound.socks.SocksAcceptor;
import dev.fenliu.inbound.transparent.TransparentType;
import dev.fenliu.outbound.DirectType;
import dev.fenliu.tunnel.https2.Https2ListenerType;
import dev.fenliu.tunnel.https2.Https2Type;
import dev.fenliu.tunnel.shadowsocks.ShadowsocksListenerType;
import dev.fenliu.tunnel.shadowsocks.ShadowsocksType;
import dev.fenliu.tunnel.socks5.Socks5Type;
import dev.fenliu.tunnel.ssh.SshListenerType;
import dev.fenliu.tunnel.ssh.SshType;
import dev.fenliu.tunnel.trojan.TrojanListenerType;
import dev.fenliu.tunnel.trojan.TrojanType;
import java.util.List;

/** The protocols of this program: a line each. */
final class Catalog {
    static final Protocols PROTOCOLS = Protocols.of(
            List.of(
                    new DirectType(),
                    dev.fenliu.tunnel.http.HttpType.HTTP,
                    dev.fenliu.tunnel.http.HttpType.HTTPS,
                    new Https2Type(),
                    new Socks5Type(),
                    new ShadowsocksType(),
                    new TrojanType(),
                    new SshType()),
            List.of(
                    new HttpListenerType(
                            "mixed",
                            (context, fallback) -> new MixedAcceptor(
                                    List.of(new SocksAcceptor(context), new HttpAcceptor(context, fallback)))),
                    new LocalType("socks", SocksAcceptor::new),
                    new HttpListenerType("http", HttpAcceptor::new),
                    new DnsListenerType(),
                    TransparentType.REDIRECT,
                    TransparentType.TPROXY,
                    new ShadowsocksListenerType(),
                    new TrojanListenerType(),
                    new Https2ListenerType(),
                    new SshListenerType()));

    private Catalog() {}
}
