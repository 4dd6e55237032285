/**
 * Tables as input and output: rows become requests, and answers become new columns. Start at
 * {@link io.github.genaistreams.cli.table.Table}. Used by the commands and their options only.
 */
@NullMarked
package io.github.genaistreams.cli.table;

import org.jspecify.annotations.NullMarked;
