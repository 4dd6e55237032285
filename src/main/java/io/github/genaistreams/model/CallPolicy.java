package io.github.genaistreams.model;

import java.time.Duration;

/**
 * The limits of one item's attempts.
 *
 * @param timeout       time limit of one attempt, from sending it to the last byte of the answer
 * @param maxRetries    attempts after the first; 0 means a single attempt
 * @param retryDelayMin minimum wait between two attempts
 * @param retryDelayMax maximum wait between two attempts, unless the server asks for more
 * @param jitterPercent random spread of a wait to either side: 50 means half to one and a half times
 */
public record CallPolicy(
        Duration timeout, int maxRetries, Duration retryDelayMin, Duration retryDelayMax, int jitterPercent) {}
