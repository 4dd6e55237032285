/** The life of a worker process: configuration, start-up checks, drain, log. */
@NullMarked
package io.github.genaistreams.worker;

import org.jspecify.annotations.NullMarked;
