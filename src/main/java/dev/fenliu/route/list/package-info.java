/**
 * Lists of domains and networks: readers for every rule-set format that users have, which hand each entry to a {@link
 * dev.fenliu.route.list.ListSink}, and the compact sets that such lists are kept in. Works on bytes that others
 * fetched; every reader is bounded and throws nothing but {@link dev.fenliu.route.list.ListFormatException}.
 */
@NullMarked
package dev.fenliu.route.list;

import org.jspecify.annotations.NullMarked;
