package io.github.genaistreams.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request that waits for another attempt: the value on a retry topic.
 *
 * @param request   the request, unchanged
 * @param attempt   number of the next attempt, from 2
 * @param notBefore earliest time of that attempt
 * @param lastError why the last attempt failed, if it is known
 * @param <Q>       the API's request type
 */
public record RetryRecord<Q extends ApiRequest>(
        Q request, int attempt, Instant notBefore, @Nullable CallError lastError) {}
