/**
 * A batch as a whole, worked out from its results one by one: counts and totals, which indexes are there, what is next in order.
 * Pure logic and its bytes; no Kafka, no clock.
 */
package io.github.genaistreams.batch;
