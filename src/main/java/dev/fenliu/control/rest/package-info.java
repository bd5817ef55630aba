/**
 * The part of the API that shows what runs and what was counted: flows, traffic, devices, DNS queries, log lines, their
 * feeds, and metrics for Prometheus.
 */
@NullMarked
package dev.fenliu.control.rest;

import org.jspecify.annotations.NullMarked;
