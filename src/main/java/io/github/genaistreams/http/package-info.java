/** The HTTP ports of a process, on plain Vert.x. Knows nothing of what is on them. */
package io.github.genaistreams.http;
