package io.github.genaistreams.provider.http;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallOutcome.Failed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this software did not expect, as an outcome. Also for an Error, of a body too large for the heap, say: a call without
 * an outcome would block its lane for ever.
 */
record InternalFailure(Redactor redactor) {

    private static final Logger LOG = LoggerFactory.getLogger(InternalFailure.class);

    Failed of(String what, Throwable e) {
        // Not the exception itself: a message of Netty's may quote the header it complains about.
        String why = redactor.clean(what + ": " + e);
        LOG.error(why);
        return new Failed(CallError.internal(why), null, null);
    }
}
