/**
 * Records that no worker could read: listed, looked at and sent again by {@link io.github.genaistreams.client.deadletter.DeadLetters}.
 */
package io.github.genaistreams.client.deadletter;
