package dev.fenliu.inbound;

import dev.fenliu.net.Dialer;

/**
 * What a listener's protocol is given.
 *
 * @param handler takes the flows
 * @param plain dials directly; only for a site that strangers are handed to
 */
public record ListenerContext(ListenerSettings settings, FlowHandler handler, Dialer plain) {}
