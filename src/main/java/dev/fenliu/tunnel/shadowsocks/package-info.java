/**
 * Shadowsocks with AEAD ciphers (SIP004, SIP007), both ends, streams and datagrams. The codec ({@code AeadCipher}, {@code
 * StreamSealer}, {@code StreamOpener}, {@code PacketCodec}) is pure functions over bytes; the
 * handlers above it are thin.
 */
@NullMarked
package dev.fenliu.tunnel.shadowsocks;

import org.jspecify.annotations.NullMarked;
