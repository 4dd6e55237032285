/**
 * The records on the wire, one to one with {@code schemas/*.avsc}. Knows nothing of Kafka, HTTP or of
 * any other package here.
 */
package io.github.genaistreams.model;
