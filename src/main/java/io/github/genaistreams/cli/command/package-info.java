/**
 * One class per command, each a thin layer over the worker, the client and the local tools. Start at
 * {@link io.github.genaistreams.cli.command.GenAiCommand}, which lists them.
 */
@NullMarked
package io.github.genaistreams.cli.command;

import org.jspecify.annotations.NullMarked;
