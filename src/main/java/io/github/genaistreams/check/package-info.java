/**
 * What can be refused without a call: requests that an API would refuse, and schemas that no answer can satisfy. Pure. The client
 * checks before it sends, and the worker checks what others have sent. Start at {@link io.github.genaistreams.check.ResponsesCheck} and
 * {@link io.github.genaistreams.check.DocumentCheck}. Knows the model and the mapping to JSON, and nothing else.
 */
package io.github.genaistreams.check;
