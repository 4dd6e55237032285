/**
 * Topics of the topology: which there are ({@link io.github.genaistreams.topology.topic.TaskTopics}), how they are made and grow
 * ({@link io.github.genaistreams.topology.topic.TopicSetup}), and reading of records again by their offsets
 * ({@link io.github.genaistreams.topology.topic.TopicReader}).
 */
package io.github.genaistreams.topology.topic;
