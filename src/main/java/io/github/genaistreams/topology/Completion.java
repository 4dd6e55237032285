package io.github.genaistreams.topology;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.provider.CallOutcome;
import java.time.Duration;

/** An outcome on its way from an event loop to the stream thread. */
record Completion<Q extends ApiRequest>(Attempt<Q> attempt, CallOutcome outcome, Duration took) {}
