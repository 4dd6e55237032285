/**
 * OpenAI's files, batches and background responses on Kafka. All state is on two topics. One replica at a time works on a
 * batch. Start with {@link io.github.genaistreams.serve.batch.BatchSteps}.
 */
@NullMarked
package io.github.genaistreams.serve.batch;

import org.jspecify.annotations.NullMarked;
