/**
 * Topics of the topology: which exist ({@link io.github.genaistreams.topology.topic.TaskTopics}), how they are created
 * and grow ({@link io.github.genaistreams.topology.topic.TopicSetup}), and how records are read again by offset
 * ({@link io.github.genaistreams.topology.topic.TopicReader}).
 */
@NullMarked
package io.github.genaistreams.topology.topic;

import org.jspecify.annotations.NullMarked;
