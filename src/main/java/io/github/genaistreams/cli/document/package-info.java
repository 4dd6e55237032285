/** Documents on the command line: the input files, and their output files. */
@NullMarked
package io.github.genaistreams.cli.document;

import org.jspecify.annotations.NullMarked;
