/**
 * The cost of a call, from its tokens and a list of prices.
 *
 * <p>Start at {@link io.github.genaistreams.provider.openai.price.PriceTable}. OpenAI publishes no machine-readable
 * price list, so the jar contains one ({@code prices.tsv}, with its date and sources), and a file may override it.
 */
@NullMarked
package io.github.genaistreams.provider.openai.price;

import org.jspecify.annotations.NullMarked;
