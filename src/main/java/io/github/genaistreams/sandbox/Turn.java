package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * A call, with all that its answer depends on.
 *
 * @param id           of the response, without prefix
 * @param createdAt    seconds since 1970
 * @param earlier      the turn that this one continues
 * @param cachedTokens of the input
 * @param fault        that shapes the answer
 */
record Turn(
        JsonNode request,
        String id,
        long createdAt,
        Optional<Earlier> earlier,
        long cachedTokens,
        Optional<Fault> fault) {

    /**
     * What a later turn knows of a finished one.
     *
     * @param number        from 1
     * @param contextTokens that a next turn carries as input
     */
    record Earlier(int number, String prompt, long contextTokens) {}

    boolean meets(Fault wanted) {
        return fault.filter(wanted::equals).isPresent();
    }
}
