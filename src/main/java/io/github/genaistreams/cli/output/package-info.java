/**
 * Output for people and scripts: progress, statuses and results, as lines, as CSV or as JSON. Start at
 * {@link io.github.genaistreams.cli.output.Progress} and {@link io.github.genaistreams.cli.output.ResultPrinter}.
 */
@NullMarked
package io.github.genaistreams.cli.output;

import org.jspecify.annotations.NullMarked;
