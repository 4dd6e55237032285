/**
 * A client of schema registries that speak Confluent's REST API, for what a worker and a reader need of it: schemas by their ID, and an
 * ID for a schema of ours. Start at {@link io.github.genaistreams.registry.SchemaRegistry}.
 */
package io.github.genaistreams.registry;
