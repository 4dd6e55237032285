/**
 * Documents on the command line: which files are meant, and the files that they become.
 */
package io.github.genaistreams.cli.document;
