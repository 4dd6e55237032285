package io.github.genaistreams.flow;

/** What the end of a call says about its credential. */
public enum Sign {
    /** The API has answered the request, with a result or with a refusal of this request. */
    ANSWERED,
    /** The API has accepted the request as a job. */
    ACCEPTED,
    /** The API refuses calls for a while, since there are too many. */
    LIMITED,
    /** The server has no capacity for this call at present. The account's limits are not the reason. */
    CROWDED,
    /** The call did not reach the API. */
    UNREACHED,
    /** The API, or a proxy before it, answers that it cannot work now. */
    TURNED_AWAY,
    /** The API did not answer, or failed. It may be this request's fault. */
    FAILING,
    /** The API refuses the key. */
    KEY_REFUSED,
    /** The account has no money left. */
    QUOTA_EXHAUSTED,
    /** Nothing: the call was aborted, or failed before it reached the API. */
    NONE
}
