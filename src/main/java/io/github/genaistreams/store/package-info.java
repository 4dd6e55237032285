/**
 * The document store: what is too large for a record is kept here, and the record carries its reference (a Claim Check). Client
 * and workers see the same store.
 */
package io.github.genaistreams.store;
