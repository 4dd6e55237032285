/** The HTTP ports of a process, on plain Vert.x. Independent of the content of their pages. */
package io.github.genaistreams.http;
