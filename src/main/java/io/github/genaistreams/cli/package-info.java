/**
 * The command line: one class per command, each a thin layer over the worker, the client and the local tools.
 *
 * <p>Results and machine output go to stdout, everything else to stderr. Exit status: 0 all succeeded, 1 some items
 * failed, 2 wrong use or cannot run.
 */
package io.github.genaistreams.cli;
