/** Groups of options that several commands share, and their sources. */
@NullMarked
package io.github.genaistreams.cli.option;

import org.jspecify.annotations.NullMarked;
