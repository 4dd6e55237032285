/** Groups of options that several commands share, and their sources. */
package io.github.genaistreams.cli.option;
