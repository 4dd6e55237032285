/** The life of a worker process: configuration, start-up checks, drain, log. */
package io.github.genaistreams.worker;
