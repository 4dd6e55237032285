/**
 * The page of the front door and the JSON that it is made of: batches with live progress, their items, workers. It keeps
 * nothing but what it has read for the pages that are open. Start with {@link io.github.genaistreams.serve.page.Page}.
 */
@NullMarked
package io.github.genaistreams.serve.page;

import org.jspecify.annotations.NullMarked;
