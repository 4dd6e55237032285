/**
 * The life of a worker process: configuration, start-up checks, drain, metrics, log. Start at
 * {@link io.github.genaistreams.worker.Worker}; {@link io.github.genaistreams.worker.GenAiConfig} has the settings. Not
 * used by the topology or the client.
 */
@NullMarked
package io.github.genaistreams.worker;

import org.jspecify.annotations.NullMarked;
