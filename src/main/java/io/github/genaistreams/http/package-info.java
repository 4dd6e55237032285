/** The HTTP ports of a process, on plain Vert.x. Independent of the content of their pages. */
@NullMarked
package io.github.genaistreams.http;

import org.jspecify.annotations.NullMarked;
