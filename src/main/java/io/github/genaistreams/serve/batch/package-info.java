/**
 * OpenAI's files, batches and background responses on Kafka. A replica keeps nothing: what there is, is on two topics,
 * and one replica at a time works on a batch. Start with {@link io.github.genaistreams.serve.batch.BatchRunner}.
 */
@NullMarked
package io.github.genaistreams.serve.batch;

import org.jspecify.annotations.NullMarked;
