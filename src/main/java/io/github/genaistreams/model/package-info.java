/**
 * The records on the wire, one to one with {@code schemas/*.avsc}, and the rules for their values. Start at
 * {@link io.github.genaistreams.model.ResponsesRequest}, a request, and
 * {@link io.github.genaistreams.model.CallResult}, its result. Almost every package uses it. Independent
 * of Kafka, HTTP and every other package here.
 */
@NullMarked
package io.github.genaistreams.model;

import org.jspecify.annotations.NullMarked;
