package io.github.genaistreams.provider.http;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallOutcome.Failed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns an unexpected exception of this program into an outcome. A call without an outcome would block its lane
 * forever. Errors count too, such as an {@link OutOfMemoryError} for a large body.
 */
record InternalFailure(Redactor redactor) {

    private static final Logger LOG = LoggerFactory.getLogger(InternalFailure.class);

    Failed of(String what, Throwable e) {
        // Not the exception itself: Netty's message may quote an invalid header.
        String why = redactor.clean(what + ": " + e);
        LOG.error(why);
        return new Failed(CallError.internal(why), null, null);
    }
}
