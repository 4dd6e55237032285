package io.github.genaistreams.flow;

/**
 * The limits of one credential.
 *
 * @param concurrent        calls of this worker in flight at once, jobs at the API included; 0 for no limit
 * @param pages             pages of documents of this worker in flight at once; 0 for no limit. A document with more
 *     pages goes alone
 * @param requestsPerMinute calls of the account that start in a minute; 0 to go by the API's headers
 * @param tokensPerMinute   tokens of the account in a minute; 0 to go by the API's headers
 * @param adaptive          whether a measured limit bounds the calls in flight while no limit per minute is known
 */
public record LimitSettings(
        int concurrent, int pages, long requestsPerMinute, long tokensPerMinute, Adaptive adaptive) {

    /** No limits. */
    public static final LimitSettings NONE = new LimitSettings(0, 0, 0, 0, Adaptive.OFF);

    /** What is done with a bound that is found by measurement. */
    public enum Adaptive {
        OFF,
        /** It is only reported. */
        OBSERVE,
        ON
    }

    public LimitSettings {
        check("concurrent", concurrent, "no limit");
        check("pages", pages, "no limit");
        check("requestsPerMinute", requestsPerMinute, "the limits in the API's headers");
        check("tokensPerMinute", tokensPerMinute, "the limits in the API's headers");
    }

    private static void check(String name, long value, String meaningOfZero) {
        if (value < 0) {
            throw new IllegalArgumentException(
                    name + " must be at least 1, or 0 for " + meaningOfZero + ", not " + value);
        }
    }
}
