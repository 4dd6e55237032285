/**
 * A client of schema registries with Confluent's REST API, for workers and readers: schemas by ID, and the IDs of our
 * schemas. Start at {@link io.github.genaistreams.registry.SchemaRegistry}.
 */
@NullMarked
package io.github.genaistreams.registry;

import org.jspecify.annotations.NullMarked;
