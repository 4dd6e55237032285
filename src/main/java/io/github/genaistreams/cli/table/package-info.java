/** Tables as input and output: rows become requests, and answers become new columns. */
package io.github.genaistreams.cli.table;
