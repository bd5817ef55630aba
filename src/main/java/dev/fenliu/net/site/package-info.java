/** What strangers see of a server that looks like one of the web: another server's pages, or that there are none. */
@NullMarked
package dev.fenliu.net.site;

import org.jspecify.annotations.NullMarked;
