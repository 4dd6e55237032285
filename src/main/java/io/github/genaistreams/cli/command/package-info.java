/**
 * One class per command, each a thin layer over the worker, the client and the local tools. Start at
 * {@link io.github.genaistreams.cli.command.GenAiCommand}, which lists them.
 */
package io.github.genaistreams.cli.command;
