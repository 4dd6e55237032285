/**
 * Documents on the command line: the input files, and their output files. Start at
 * {@link io.github.genaistreams.cli.document.Documents}. Used by the commands only.
 */
@NullMarked
package io.github.genaistreams.cli.document;

import org.jspecify.annotations.NullMarked;
