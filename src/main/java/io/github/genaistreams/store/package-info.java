/**
 * The document store: content that is too large for a record is kept here, and the record has its reference (a Claim
 * Check). Clients and workers use the same store.
 */
@NullMarked
package io.github.genaistreams.store;

import org.jspecify.annotations.NullMarked;
