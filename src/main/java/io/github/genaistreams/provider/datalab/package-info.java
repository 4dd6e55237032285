/**
 * The Datalab API as an {@link io.github.genaistreams.provider.ApiClient}: a document is submitted once
 * ({@code DocumentForm}, {@code SubmitResponseHandler}), and its result is polled until it is done
 * ({@code ResultResponseHandler}). Start at {@link io.github.genaistreams.provider.datalab.DatalabClient}.
 * Only the worker uses this package.
 *
 * <p>Source of the contract: https://documentation.datalab.to and https://github.com/datalab-to/sdk.
 */
@NullMarked
package io.github.genaistreams.provider.datalab;

import org.jspecify.annotations.NullMarked;
