package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.Usage;
import java.time.Duration;

/**
 * How an attempt ended and what it took by itself. For work that the API does in the background, the attempt lasts from its submission
 * to its answer.
 *
 * @param model      that was asked for, or null if none was
 * @param credential alias of the key that it was made with
 * @param error      why it failed; null if it succeeded
 * @param took       zero if that is not known
 * @param usage      tokens, of failed corrections as well; null if none were reported
 * @param cost       unknown, if it may have been billed and nobody said what
 * @param pages      of the document that was converted
 */
public record CallEnd(
        String model, String credential, CallError error, Duration took, Usage usage, Cost cost, int pages) {}
