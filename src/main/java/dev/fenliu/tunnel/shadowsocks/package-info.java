/**
 * Shadowsocks with AEAD ciphers, both ends, streams and datagrams: the edition of 2017 (SIP004, SIP007) and that of 2022
 * (SIP022, with users by SIP023). A stream is chunks behind a {@code Greeting}, which is where the editions differ; a
 * datagram is what a {@code PacketCodec} makes of it. Both are pure functions over bytes, and the handlers above them,
 * which serve both editions, are thin.
 */
@NullMarked
package dev.fenliu.tunnel.shadowsocks;

import org.jspecify.annotations.NullMarked;
