/**
 * Groups of options that several commands share, and what they are read from.
 */
package io.github.genaistreams.cli.option;
