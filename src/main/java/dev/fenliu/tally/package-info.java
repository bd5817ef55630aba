/**
 * What was counted: traffic by device, rule, outbound, group, domain and user, hits of rules, hosts that have not
 * worked of late, and the latest flows, queries and log lines. The first two survive a restart if the user wants that.
 */
@NullMarked
package dev.fenliu.tally;

import org.jspecify.annotations.NullMarked;
