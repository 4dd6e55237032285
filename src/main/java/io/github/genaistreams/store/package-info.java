/**
 * The document store: content that is too large for a record is kept here, and the record has its reference (a claim
 * check). Start at {@link io.github.genaistreams.store.DocumentStore}. Clients and workers use the same store.
 */
@NullMarked
package io.github.genaistreams.store;

import org.jspecify.annotations.NullMarked;
