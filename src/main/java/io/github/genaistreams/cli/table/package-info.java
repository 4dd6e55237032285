/** A table in, a table out: rows become requests, and answers stand beside the columns of their row. */
package io.github.genaistreams.cli.table;
