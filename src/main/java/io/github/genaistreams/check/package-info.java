/**
 * Problems that can be found without a call: requests that an API would refuse, and schemas that no answer can satisfy.
 * No side effects. The client checks before it sends, and the worker checks what others have sent. Start at
 * {@link io.github.genaistreams.check.ResponsesCheck} and {@link io.github.genaistreams.check.DocumentCheck}. Depends
 * only on the model and the mapping to JSON.
 */
@NullMarked
package io.github.genaistreams.check;

import org.jspecify.annotations.NullMarked;
