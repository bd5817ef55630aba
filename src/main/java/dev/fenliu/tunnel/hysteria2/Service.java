package dev.fenliu.tunnel.hysteria2;

import dev.fenliu.inbound.Accounts;
import dev.fenliu.inbound.ListenerContext;
import dev.fenliu.net.QuicTls;

/** How a listener's clients are served, until it is changed. */
record Service(ListenerContext context, Accounts accounts, Hysteria2ListenerOptions options, QuicTls tls) {}
