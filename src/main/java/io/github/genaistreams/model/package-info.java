/**
 * The records on the wire, one to one with {@code schemas/*.avsc}. Independent of Kafka, HTTP and every other package
 * here.
 */
@NullMarked
package io.github.genaistreams.model;

import org.jspecify.annotations.NullMarked;
