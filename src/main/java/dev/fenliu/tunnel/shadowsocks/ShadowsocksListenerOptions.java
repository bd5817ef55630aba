package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Secret;

/** What a Shadowsocks listener is configured with. */
public record ShadowsocksListenerOptions(Method method, Secret password, boolean allowPrivate) {}
