package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.Usage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ended, and its own figures. For a job, the attempt lasts from its submission to its answer.
 *
 * @param model      requested model; null for an API without models
 * @param credential alias of the credential
 * @param error      why it failed; null if it succeeded
 * @param took       duration; zero if unknown
 * @param usage      tokens, those of failed corrections included; null if none were reported
 * @param cost       unknown if the call may have been billed and the amount is not known
 * @param pages      pages of the converted document
 */
public record CallEnd(
        @Nullable String model,
        String credential,
        @Nullable CallError error,
        Duration took,
        @Nullable Usage usage,
        Cost cost,
        int pages) {}
