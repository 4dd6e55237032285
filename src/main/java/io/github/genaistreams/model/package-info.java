/**
 * The records on the wire, one to one with {@code schemas/*.avsc}. Independent of Kafka, HTTP and every other package
 * here.
 */
package io.github.genaistreams.model;
