/** Tables as input and output: rows become requests, and answers become new columns. */
@NullMarked
package io.github.genaistreams.cli.table;

import org.jspecify.annotations.NullMarked;
