/**
 * Topics of the topology: which exist ({@link io.github.genaistreams.topology.topic.TaskTopics}), how they are created
 * and grow ({@link io.github.genaistreams.topology.topic.TopicSetup}), and how records are read again by offset
 * ({@link io.github.genaistreams.topology.topic.TopicReader}). Start at the first. Also used by the worker and by commands
 * about topics.
 */
@NullMarked
package io.github.genaistreams.topology.topic;

import org.jspecify.annotations.NullMarked;
