package io.github.genaistreams.flow;

/**
 * How a call ended, for the limits of its credential.
 *
 * @param sign  what it says about the credential
 * @param item  what was called, compared with {@code equals}
 * @param words why it failed, for people; null if it did not fail
 */
public record CallReport(Sign sign, Object item, String words) {}
