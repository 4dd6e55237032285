/**
 * The command line. {@link io.github.genaistreams.cli.Main} is its entry; the commands are in {@code cli.command}.
 *
 * <p>Results and machine output go to stdout, everything else to stderr. Exit status: 0 all succeeded, 1 some items
 * failed, 2 invalid usage or cannot run.
 */
@NullMarked
package io.github.genaistreams.cli;

import org.jspecify.annotations.NullMarked;
