/**
 * The HTTP ports of a process, on plain Vert.x. Start at {@link io.github.genaistreams.http.HttpPort}. Used by
 * the worker and {@code serve} only. Independent of the content of their pages.
 */
@NullMarked
package io.github.genaistreams.http;

import org.jspecify.annotations.NullMarked;
