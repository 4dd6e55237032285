package io.github.genaistreams.model;

import java.time.Instant;

/**
 * A request on its way to another attempt: the value of a retry topic.
 *
 * @param request   the request, unchanged
 * @param attempt   number of the attempt to make, from 2
 * @param notBefore earliest time of that attempt
 * @param lastError why the attempt before it failed
 * @param <Q>       the API's request type
 */
public record RetryRecord<Q extends ApiRequest>(Q request, int attempt, Instant notBefore, CallError lastError) {}
