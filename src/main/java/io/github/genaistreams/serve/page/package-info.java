/**
 * The web page of {@code genai serve} and the JSON that it shows: batches with live progress, their items, and the
 * workers. It keeps only what it has read for open pages. Start with {@link io.github.genaistreams.serve.page.Page}.
 */
@NullMarked
package io.github.genaistreams.serve.page;

import org.jspecify.annotations.NullMarked;
