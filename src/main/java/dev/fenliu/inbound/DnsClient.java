package dev.fenliu.inbound;

import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;

/**
 * Who has sent a DNS message.
 *
 * @param listener the name of the listener that took it
 * @param source the client's address and port, without a zone
 * @param datagram whether it came as one, so that the answer must fit into one
 * @param loop the client's
 */
public record DnsClient(String listener, InetSocketAddress source, boolean datagram, EventLoop loop) {}
