/** The DNS listener: UDP and TCP, or TLS and HTTPS. Carries whole messages; what they mean is not its business. */
@NullMarked
package dev.fenliu.inbound.dns;

import org.jspecify.annotations.NullMarked;
