package io.github.genaistreams.flow;

/** What bounds the calls with one credential. */
public enum Bound {
    CONCURRENT_REQUESTS,
    REQUESTS_PER_MINUTE,
    TOKENS_PER_MINUTE,
    PAGES_IN_FLIGHT,
    /** The number of calls at once that the server handles well, as measured. */
    ADAPTIVE,
    /** The API wants no more calls for a while ({@link RetryAfter}, {@link LongLimit}). */
    API_WAIT
}
