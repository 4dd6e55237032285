/**
 * Records that no worker could read: {@link io.github.genaistreams.client.deadletter.DeadLetters} lists them, shows
 * them and sends them again.
 */
@NullMarked
package io.github.genaistreams.client.deadletter;

import org.jspecify.annotations.NullMarked;
