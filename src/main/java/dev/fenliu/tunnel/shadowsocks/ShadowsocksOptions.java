package dev.fenliu.tunnel.shadowsocks;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Destination;

/** What a Shadowsocks outbound is configured with. */
public record ShadowsocksOptions(Destination server, Method method, Secret password) {}
