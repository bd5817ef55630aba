/**
 * The API that dashboards for Clash expect, so that those that people know work unmodified: what the program has and does,
 * in their words. What it does not let them do, it refuses in words that they show.
 */
@NullMarked
package dev.fenliu.control.clash;

import org.jspecify.annotations.NullMarked;
