/**
 * Groups of options that several commands share, and their sources. Start at
 * {@link io.github.genaistreams.cli.option.GlobalOptions}, which every command has. Used by the commands and
 * {@code cli.document} only.
 */
@NullMarked
package io.github.genaistreams.cli.option;

import org.jspecify.annotations.NullMarked;
