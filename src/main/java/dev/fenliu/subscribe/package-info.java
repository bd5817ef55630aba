/**
 * Pure parsers of subscriptions: the text that a provider serves to the nodes that it lists, each as a {@link
 * dev.fenliu.outbound.ShareLink}, and to what is wrong with the rest.
 */
@NullMarked
package dev.fenliu.subscribe;

import org.jspecify.annotations.NullMarked;
