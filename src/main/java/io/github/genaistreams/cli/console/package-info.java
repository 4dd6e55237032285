/**
 * The process at its terminal: streams, colours, width, signals, exit status and the log. Start at
 * {@link io.github.genaistreams.cli.console.Cli}. Independent of the commands.
 */
@NullMarked
package io.github.genaistreams.cli.console;

import org.jspecify.annotations.NullMarked;
