/**
 * The client end of the VMess protocol with AEAD headers (V2Ray's VMess AEAD, alterId 0). {@code Kdf}, {@code Session},
 * {@code BodySealer} and {@code BodyOpener} are functions over bytes; the handlers above them are thin.
 */
@NullMarked
package dev.fenliu.tunnel.vmess;

import org.jspecify.annotations.NullMarked;
