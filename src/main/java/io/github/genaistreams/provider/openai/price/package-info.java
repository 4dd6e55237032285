/**
 * What a call cost, from the tokens that it used and a list of prices.
 *
 * <p>{@link io.github.genaistreams.provider.openai.price.PriceTable} is the entry. OpenAI publishes no price list that a
 * program could read, so one travels in the jar ({@code prices.tsv}, with its date and sources) and a file may override it.
 */
package io.github.genaistreams.provider.openai.price;
