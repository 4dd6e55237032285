package io.github.genaistreams.flow;

/**
 * A hold at one moment.
 *
 * @param reason  why
 * @param since   when it began, epoch milliseconds
 * @param probeAt when the next call may try whether it is over, epoch milliseconds
 * @param words   the last failure, for people
 */
public record HoldStatus(HoldReason reason, long since, long probeAt, String words) {}
