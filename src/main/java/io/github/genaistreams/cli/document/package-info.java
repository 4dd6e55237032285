/** Documents on the command line: the input files, and their output files. */
package io.github.genaistreams.cli.document;
