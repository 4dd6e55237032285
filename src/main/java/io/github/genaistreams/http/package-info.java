/** The HTTP port of a process: a few pages on plain Vert.x. Knows nothing of what is on them. */
package io.github.genaistreams.http;
