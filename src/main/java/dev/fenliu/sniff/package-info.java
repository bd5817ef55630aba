/** Pure parsers of first bytes: which protocol a flow speaks and which host it names. */
@NullMarked
package dev.fenliu.sniff;

import org.jspecify.annotations.NullMarked;
