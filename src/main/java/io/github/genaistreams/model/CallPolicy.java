package io.github.genaistreams.model;

import java.time.Duration;

/**
 * The limits of one item's attempts.
 *
 * @param timeout       bound on one attempt, from sending it to the last byte of the answer
 * @param maxRetries    attempts after the first one; 0 means a single attempt
 * @param retryDelayMin shortest wait between two attempts
 * @param retryDelayMax longest wait between two attempts, unless the server asks for more
 * @param jitterPercent how far a wait is spread to either side of its figure: 50 is half to one and a half times
 */
public record CallPolicy(
        Duration timeout, int maxRetries, Duration retryDelayMin, Duration retryDelayMax, int jitterPercent) {}
